//! Codes of UMAS.

crate::codes! {
    /// Function of UMAS.
    pub struct UmasFunction(u8) {
        /// Opens communication.
        INIT_COMM = 0x01 => "init_comm" => SESSION,
        /// Identifies the PLC.
        READ_ID = 0x02 => "read_id" => IDENTIFY,
        /// Tells of the project in the PLC.
        READ_PROJECT_INFO = 0x03 => "read_project_info" => IDENTIFY,
        /// Tells of the PLC itself.
        READ_PLC_INFO = 0x04 => "read_plc_info" => IDENTIFY,
        /// Tells of the memory card.
        READ_CARD_INFO = 0x06 => "read_card_info" => IDENTIFY,
        /// Sends back what it was sent.
        REPEAT = 0x0a => "repeat" => DIAG,
        /// Reserves the PLC for one engineering station.
        TAKE_PLC_RESERVATION = 0x10 => "take_plc_reservation" => AUTH,
        /// Gives the reservation back.
        RELEASE_PLC_RESERVATION = 0x11 => "release_plc_reservation" => SESSION,
        /// Keeps the reservation.
        KEEP_ALIVE = 0x12 => "keep_alive" => SESSION,
        /// Reads a block of memory.
        READ_MEMORY_BLOCK = 0x20 => "read_memory_block" => READ,
        /// Reads system bits, system words and variables.
        READ_VARIABLES = 0x22 => "read_variables" => READ,
        /// Writes system bits, system words and variables.
        WRITE_VARIABLES = 0x23 => "write_variables" => WRITE,
        /// Reads coils and holding registers.
        READ_COILS_REGISTERS = 0x24 => "read_coils_registers" => READ,
        /// Writes coils and holding registers.
        WRITE_COILS_REGISTERS = 0x25 => "write_coils_registers" => WRITE,
        /// Names of variables and types.
        DATA_DICTIONARY = 0x26 => "data_dictionary" => BROWSE,
        /// Begins to copy the program out of the PLC.
        INITIALIZE_UPLOAD = 0x30 => "initialize_upload" => PROGRAM_UPLOAD,
        /// One block of the program out of the PLC.
        UPLOAD_BLOCK = 0x31 => "upload_block" => PROGRAM_UPLOAD,
        /// Ends to copy the program out of the PLC.
        END_UPLOAD = 0x32 => "end_upload" => PROGRAM_UPLOAD,
        /// Begins to copy a program into the PLC.
        INITIALIZE_DOWNLOAD = 0x33 => "initialize_download" => PROGRAM_DOWNLOAD,
        /// One block of a program into the PLC.
        DOWNLOAD_BLOCK = 0x34 => "download_block" => PROGRAM_DOWNLOAD,
        /// Ends to copy a program into the PLC.
        END_DOWNLOAD = 0x35 => "end_download" => PROGRAM_DOWNLOAD,
        /// Reads data of the Ethernet master.
        READ_ETH_MASTER_DATA = 0x39 => "read_eth_master_data" => READ,
        /// Starts the PLC.
        START_PLC = 0x40 => "start_plc" => MODE,
        /// Stops the PLC.
        STOP_PLC = 0x41 => "stop_plc" => MODE,
        /// Watches variables.
        MONITOR_PLC = 0x50 => "monitor_plc" => READ,
        /// Tells whether the PLC is still the same.
        CHECK_PLC = 0x58 => "check_plc" => DIAG,
        /// Reads an I/O object.
        READ_IO_OBJECT = 0x70 => "read_io_object" => READ,
        /// Writes an I/O object.
        WRITE_IO_OBJECT = 0x71 => "write_io_object" => WRITE,
        /// Status of a module.
        GET_STATUS_MODULE = 0x73 => "get_status_module" => DIAG,
        /// An answer: refused.
        ERROR = 0xfd => "error",
        /// An answer: done.
        OK = 0xfe => "ok",
    }
}
