// libcurl for Swift. Swift cannot call C variadic functions, so each kind of option has an inline shim here.
#pragma once
#include <curl/curl.h>
