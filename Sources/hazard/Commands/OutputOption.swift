// The option --output of every command that prints data.

import App
import ArgumentParser

extension OutputFormat: ExpressibleByArgument {}
