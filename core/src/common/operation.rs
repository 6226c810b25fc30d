//! The taxonomy of operations.

crate::codes! {
    /// What one machine asks another to do, in words that hold for every protocol.
    pub struct Operation(u8) {
        /// A code that no standard names.
        UNKNOWN = 0 => "unknown",
        /// Who is there: broadcast, scan of unit, station or node addresses.
        DISCOVER = 1 => "discover",
        /// Vendor, model, firmware, serial number asked or answered.
        IDENTIFY = 2 => "identify",
        /// Lists of points, tags and names, data dictionaries, bilateral tables.
        BROWSE = 3 => "browse",
        /// Process value read, subscribed to, interrogated.
        READ = 4 => "read",
        /// A value, register, property, tag or setpoint set.
        WRITE = 5 => "write",
        /// Select, operate, direct operate, pulse, breaker command.
        CONTROL = 6 => "control",
        /// Input or output forced, overridden, substituted.
        FORCE = 7 => "force",
        /// Run, stop, program, test, online state.
        MODE = 8 => "mode",
        /// Warm or cold start, reset, restart of communications.
        RESTART = 9 => "restart",
        /// Program from engineering station to controller.
        PROGRAM_DOWNLOAD = 10 => "program_download",
        /// Program from controller to engineering station.
        PROGRAM_UPLOAD = 11 => "program_upload",
        /// Transfer of a firmware or boot image, entry into update mode.
        FIRMWARE = 12 => "firmware",
        /// Generic file open, read, write, delete, rename.
        FILE = 13 => "file",
        /// Clock set, time synchronised.
        TIME = 14 => "time",
        /// Alarm acknowledged, suppressed, inhibited, its threshold changed.
        ALARM = 15 => "alarm",
        /// Unsolicited reporting enabled or disabled, data transfer stopped, unsubscribed.
        REPORTING = 16 => "reporting",
        /// Login, password, key change, session set up, certificate.
        AUTH = 17 => "auth",
        /// Address, name, communication parameters, routing.
        CONFIG = 18 => "config",
        /// Diagnostics, counters, listen-only, loopback.
        DIAG = 19 => "diag",
        /// Spontaneous or cyclic data from the field device.
        REPORT = 20 => "report",
        /// Associate, start and stop of transfer, keep-alive, disconnect.
        SESSION = 21 => "session",
        /// Exception, reject, negative confirmation.
        ERROR = 22 => "error",
    }
}
