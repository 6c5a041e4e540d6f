import Hummingbird
import GRDB
import NIOCore
import ServiceLifecycle
import Logging
import HTTPTypes
