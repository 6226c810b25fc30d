//! Codes of S7comm.
use crate::record::Symbol;

crate::codes! {
    /// Remote operating service control: what kind of PDU it is.
    pub struct Rosctr(u8) {
        /// Asks for something.
        JOB = 1 => "job",
        /// Acknowledges, without parameters.
        ACK = 2 => "ack",
        /// Answers.
        ACK_DATA = 3 => "ack_data",
        /// Services beyond reading and writing: they ask, answer, and push.
        USERDATA = 7 => "userdata",
    }
}

crate::codes! {
    /// Function of a job and of its answer.
    pub struct S7Function(u8) {
        /// Services of the CPU.
        CPU_SERVICES = 0x00 => "cpu_services" => DIAG,
        /// Reads variables.
        READ_VAR = 0x04 => "read_var" => READ,
        /// Writes variables.
        WRITE_VAR = 0x05 => "write_var" => WRITE,
        /// The engineering station announces a block for the PLC.
        REQUEST_DOWNLOAD = 0x1a => "request_download" => PROGRAM_DOWNLOAD,
        /// The PLC fetches a part of the block.
        DOWNLOAD_BLOCK = 0x1b => "download_block" => PROGRAM_DOWNLOAD,
        /// The PLC has fetched the block.
        DOWNLOAD_ENDED = 0x1c => "download_ended" => PROGRAM_DOWNLOAD,
        /// The engineering station asks for a block of the PLC.
        START_UPLOAD = 0x1d => "start_upload" => PROGRAM_UPLOAD,
        /// The engineering station fetches a part of the block.
        UPLOAD = 0x1e => "upload" => PROGRAM_UPLOAD,
        /// The engineering station has fetched the block.
        END_UPLOAD = 0x1f => "end_upload" => PROGRAM_UPLOAD,
        /// Calls a program invocation service: start, insert and delete blocks, and others by name.
        PI_SERVICE = 0x28 => "pi_service",
        /// Stops the PLC.
        PLC_STOP = 0x29 => "plc_stop" => MODE,
        /// Agrees on the size of PDUs and on the number of jobs that may be outstanding.
        SETUP_COMMUNICATION = 0xf0 => "setup_communication" => SESSION,
    }
}

crate::codes! {
    /// Error class of an answer; with the error code it forms the number that [`S7Error`] names.
    pub struct ErrorClass(u8) {
        /// No error.
        NO_ERROR = 0x00 => "no_error",
        /// Application relationship.
        APPLICATION_RELATIONSHIP = 0x81 => "application_relationship",
        /// Object definition.
        OBJECT_DEFINITION = 0x82 => "object_definition",
        /// No resources available.
        NO_RESOURCES = 0x83 => "no_resources",
        /// Error while the service was processed.
        SERVICE_PROCESSING = 0x84 => "service_processing",
        /// Error of the supplies.
        SUPPLIES = 0x85 => "supplies",
        /// Access error.
        ACCESS = 0x87 => "access",
    }
}

crate::codes! {
    /// Error: class and code of an answer, or the error of a userdata parameter, or of the end of a transfer.
    pub struct S7Error(u16) {
        /// No error.
        NO_ERROR = 0x0000 => "no_error",
        /// Block number is not valid.
        INVALID_BLOCK_NUMBER = 0x0110 => "invalid_block_number",
        /// Length of the request is not valid.
        INVALID_REQUEST_LENGTH = 0x0111 => "invalid_request_length",
        /// A parameter is not valid.
        INVALID_PARAMETER = 0x0112 => "invalid_parameter",
        /// Type of the block is not valid.
        INVALID_BLOCK_TYPE = 0x0113 => "invalid_block_type",
        /// Block was not found.
        BLOCK_NOT_FOUND = 0x0114 => "block_not_found",
        /// Block is there already.
        BLOCK_EXISTS = 0x0115 => "block_exists",
        /// Block is protected against writing.
        BLOCK_WRITE_PROTECTED = 0x0116 => "block_write_protected",
        /// Block or update is too large.
        BLOCK_TOO_LARGE = 0x0117 => "block_too_large",
        /// Block number is not valid.
        BLOCK_NUMBER = 0x0118 => "block_number",
        /// Password was wrong.
        WRONG_PASSWORD = 0x0119 => "wrong_password",
        /// Programmer lacks resources.
        PROGRAMMER_RESOURCES = 0x011a => "programmer_resources",
        /// PLC lacks resources.
        PLC_RESOURCES = 0x011b => "plc_resources",
        /// Error of the protocol.
        PROTOCOL_ERROR = 0x011c => "protocol_error",
        /// Too many blocks.
        TOO_MANY_BLOCKS = 0x011d => "too_many_blocks",
        /// No connection any more.
        NO_CONNECTION = 0x011e => "no_connection",
        /// Buffer for the result is too small.
        RESULT_BUFFER = 0x011f => "result_buffer",
        /// The list of blocks is at its end.
        END_OF_BLOCK_LIST = 0x0120 => "end_of_block_list",
        /// Too little memory.
        INSUFFICIENT_MEMORY = 0x0140 => "insufficient_memory",
        /// The job lacks resources.
        JOB_RESOURCES = 0x0141 => "job_resources",
        /// Not while the block is as it is.
        BLOCK_STATE = 0x8001 => "block_state",
        /// The transfer of the block failed.
        BLOCK_TRANSFER = 0x8003 => "block_transfer",
        /// The module does not know the service.
        SERVICE_UNKNOWN = 0x8100 => "service_unknown",
        /// The module does not have the service, or the frame is wrong.
        SERVICE_NOT_IMPLEMENTED = 0x8104 => "service_not_implemented",
        /// Type of the object contradicts itself.
        TYPE_INCONSISTENT = 0x8204 => "type_inconsistent",
        /// A copied block is there and not linked.
        COPIED_BLOCK_EXISTS = 0x8205 => "copied_block_exists",
        /// Too little memory, or no access to the medium.
        MEMORY = 0x8301 => "memory",
        /// Too few resources.
        RESOURCES = 0x8302 => "resources",
        /// No further upload at the same time.
        NO_FURTHER_UPLOAD = 0x8304 => "no_further_upload",
        /// Function is not available.
        FUNCTION_NOT_AVAILABLE = 0x8305 => "function_not_available",
        /// Too little work memory.
        WORK_MEMORY = 0x8306 => "work_memory",
        /// Too little retentive work memory.
        RETENTIVE_MEMORY = 0x8307 => "retentive_memory",
        /// Order of services is not valid.
        SERVICE_SEQUENCE = 0x8401 => "service_sequence",
        /// Not while the object is as it is.
        OBJECT_STATE = 0x8402 => "object_state",
        /// Function cannot be performed.
        NOT_PERFORMED = 0x8404 => "not_performed",
        /// The remote block is disabled.
        REMOTE_BLOCK_DISABLED = 0x8405 => "remote_block_disabled",
        /// Frames are wrong.
        WRONG_FRAMES = 0x8500 => "wrong_frames",
        /// The module cancelled the service.
        CANCELLED_BY_MODULE = 0x8503 => "cancelled_by_module",
        /// The object cannot be addressed, for example beyond the end of its area.
        ADDRESSING = 0x8701 => "addressing",
        /// The module does not support the service.
        SERVICE_NOT_SUPPORTED = 0x8702 => "service_not_supported",
        /// Access to the object is refused.
        ACCESS_REFUSED = 0x8703 => "access_refused",
        /// The object is damaged.
        OBJECT_DAMAGED = 0x8704 => "object_damaged",
        /// Number of the job is not valid.
        ILLEGAL_JOB_NUMBER = 0xd001 => "illegal_job_number",
        /// Variant of the job is not valid.
        ILLEGAL_JOB_VARIANT = 0xd002 => "illegal_job_variant",
        /// The module has no such debugging function.
        DEBUGGING_NOT_SUPPORTED = 0xd003 => "debugging_not_supported",
        /// Status of the job is not valid.
        ILLEGAL_JOB_STATUS = 0xd004 => "illegal_job_status",
        /// The end of the job is not allowed.
        ILLEGAL_JOB_END = 0xd005 => "illegal_job_end",
        /// The identifier of the disconnection is not allowed.
        ILLEGAL_DISCONNECTION = 0xd006 => "illegal_disconnection",
        /// The number of elements of the buffer is not allowed.
        ILLEGAL_BUFFER_ELEMENTS = 0xd007 => "illegal_buffer_elements",
        /// The scan rate is not allowed.
        ILLEGAL_SCAN_RATE = 0xd008 => "illegal_scan_rate",
        /// The number of executions is not allowed.
        ILLEGAL_EXECUTIONS = 0xd009 => "illegal_executions",
        /// The trigger event is not allowed.
        ILLEGAL_TRIGGER_EVENT = 0xd00a => "illegal_trigger_event",
        /// The condition of the trigger is not allowed.
        ILLEGAL_TRIGGER_CONDITION = 0xd00b => "illegal_trigger_condition",
        /// A block on the path of the call does not exist.
        CALL_PATH_BLOCK_MISSING = 0xd011 => "call_path_block_missing",
        /// The address within the block is wrong.
        CALL_PATH_ADDRESS = 0xd012 => "call_path_address",
        /// The block is being deleted or overwritten.
        BLOCK_BEING_DELETED = 0xd014 => "block_being_deleted",
        /// The address of the variable is not allowed.
        ILLEGAL_TAG_ADDRESS = 0xd015 => "illegal_tag_address",
        /// Errors of the program make tests impossible.
        PROGRAM_HAS_ERRORS = 0xd016 => "program_has_errors",
        /// The number of the trigger is not allowed.
        ILLEGAL_TRIGGER_NUMBER = 0xd017 => "illegal_trigger_number",
        /// The path is not valid.
        INVALID_PATH = 0xd025 => "invalid_path",
        /// The kind of access is not allowed.
        ILLEGAL_ACCESS_TYPE = 0xd026 => "illegal_access_type",
        /// So many data blocks are not allowed.
        ILLEGAL_NUMBER_OF_DATA_BLOCKS = 0xd027 => "illegal_number_of_data_blocks",
        /// An internal error of the protocol.
        INTERNAL_PROTOCOL_ERROR = 0xd031 => "internal_protocol_error",
        /// The length of the result buffer is wrong.
        RESULT_BUFFER_LENGTH = 0xd032 => "result_buffer_length",
        /// The length of the job is wrong.
        JOB_LENGTH = 0xd033 => "job_length",
        /// The parameters are coded wrongly.
        PARAMETER_CODING = 0xd03f => "parameter_coding",
        /// Identifier of the system status list is not valid.
        ILLEGAL_STATUS_LIST = 0xd041 => "illegal_status_list",
        /// Address of a variable is not valid.
        ILLEGAL_VARIABLE_ADDRESS = 0xd042 => "illegal_variable_address",
        /// The job was not found.
        JOB_NOT_FOUND = 0xd043 => "job_not_found",
        /// Value of a variable is not valid.
        ILLEGAL_VARIABLE_VALUE = 0xd044 => "illegal_variable_value",
        /// The control cannot be left in HOLD.
        CANNOT_EXIT_IN_HOLD = 0xd045 => "cannot_exit_in_hold",
        /// The stage of the measurement is not allowed.
        ILLEGAL_MEASURING_STAGE = 0xd046 => "illegal_measuring_stage",
        /// The hierarchy of the job list is not allowed.
        ILLEGAL_JOB_LIST_HIERARCHY = 0xd047 => "illegal_job_list_hierarchy",
        /// The identifier of the deletion is not allowed.
        ILLEGAL_DELETION_ID = 0xd048 => "illegal_deletion_id",
        /// The identifier of the replacement is not valid.
        INVALID_SUBSTITUTE_ID = 0xd049 => "invalid_substitute_id",
        /// The state of the program could not be told.
        PROGRAM_STATUS_ERROR = 0xd04a => "program_status_error",
        /// The data are coded wrongly.
        DATA_CODING = 0xd05f => "data_coding",
        /// No memory for the job.
        NO_JOB_MEMORY = 0xd061 => "no_job_memory",
        /// The list of jobs is full.
        JOB_LIST_FULL = 0xd062 => "job_list_full",
        /// The trigger event is in use.
        TRIGGER_EVENT_OCCUPIED = 0xd063 => "trigger_event_occupied",
        /// One element of the result buffer has no room.
        NO_MEMORY_FOR_RESULT = 0xd064 => "no_memory_for_result",
        /// Several elements of the result buffer have no room.
        NO_MEMORY_FOR_RESULTS = 0xd065 => "no_memory_for_results",
        /// Another job measures with the timer.
        TIMER_OCCUPIED = 0xd066 => "timer_occupied",
        /// Too many jobs modify variables.
        TOO_MANY_MODIFY_JOBS = 0xd067 => "too_many_modify_jobs",
        /// Not in the present mode.
        NOT_IN_THIS_MODE = 0xd081 => "not_in_this_mode",
        /// Mode HOLD cannot be left.
        CANNOT_EXIT_HOLD = 0xd082 => "cannot_exit_hold",
        /// Not at the present protection level.
        NOT_AT_THIS_PROTECTION_LEVEL = 0xd0a1 => "not_at_this_protection_level",
        /// Not while a function changes the memory.
        MEMORY_IS_CHANGED = 0xd0a2 => "memory_is_changed",
        /// Too many jobs modify inputs and outputs.
        TOO_MANY_MODIFY_JOBS_ON_IO = 0xd0a3 => "too_many_modify_jobs_on_io",
        /// Forcing is established already.
        FORCING_ESTABLISHED = 0xd0a4 => "forcing_established",
        /// The job does not exist.
        NO_SUCH_JOB = 0xd0a5 => "no_such_job",
        /// The job cannot be disabled or enabled.
        JOB_CANNOT_BE_SWITCHED = 0xd0a6 => "job_cannot_be_switched",
        /// The job cannot be deleted.
        JOB_CANNOT_BE_DELETED = 0xd0a7 => "job_cannot_be_deleted",
        /// The job cannot be replaced.
        JOB_CANNOT_BE_REPLACED = 0xd0a8 => "job_cannot_be_replaced",
        /// The job cannot be read.
        JOB_CANNOT_BE_READ = 0xd0a9 => "job_cannot_be_read",
        /// Processing took too long.
        TIME_LIMIT = 0xd0aa => "time_limit",
        /// Parameters of the job are not valid while it is processed.
        PROCESS_PARAMETERS = 0xd0ab => "process_parameters",
        /// Data of the job are not valid while it is processed.
        PROCESS_DATA = 0xd0ac => "process_data",
        /// The mode is set already.
        MODE_ALREADY_SET = 0xd0ad => "mode_already_set",
        /// The job belongs to another connection.
        OTHER_CONNECTION = 0xd0ae => "other_connection",
        /// A variable could not be accessed.
        VARIABLE_ACCESS = 0xd0c1 => "variable_access",
        /// The mode has changed to STOP or HOLD.
        CHANGED_TO_STOP = 0xd0c2 => "changed_to_stop",
        /// A variable could not be accessed, and the mode has changed to STOP or HOLD.
        VARIABLE_ACCESS_AND_STOP = 0xd0c3 => "variable_access_and_stop",
        /// The measurement took too long.
        MEASUREMENT_TIMEOUT = 0xd0c4 => "measurement_timeout",
        /// Blocks were deleted or loaded, so that the stack of blocks does not fit them.
        BLOCK_STACK_INCONSISTENT = 0xd0c5 => "block_stack_inconsistent",
        /// The job was deleted with those that it referred to.
        REFERENCED_JOB_DELETED = 0xd0c6 => "referenced_job_deleted",
        /// The job was deleted since STOP was left.
        STOP_WAS_LEFT = 0xd0c7 => "stop_was_left",
        /// The test of the block does not fit the program that runs.
        BLOCK_STATUS_INCONSISTENT = 0xd0c8 => "block_status_inconsistent",
        /// The status was left since OB 90 was reset.
        STATUS_LEFT_BY_RESET = 0xd0c9 => "status_left_by_reset",
        /// The same, and variables could not be accessed before.
        STATUS_LEFT_BY_RESET_WITH_ERRORS = 0xd0ca => "status_left_by_reset_with_errors",
        /// The outputs are disabled again.
        OUTPUT_DISABLE_AGAIN = 0xd0cb => "output_disable_again",
        /// The time allows only so many data of tests.
        DEBUGGING_DATA_LIMITED = 0xd0cc => "debugging_data_limited",
        /// The name of the block is not well formed.
        BLOCK_NAME_SYNTAX = 0xd201 => "block_name_syntax",
        /// The parameters of the function are not well formed.
        FUNCTION_PARAMETER_SYNTAX = 0xd202 => "function_parameter_syntax",
        /// The block is linked in RAM already.
        LINKED_BLOCK_IN_RAM = 0xd205 => "linked_block_in_ram",
        /// The block is linked in EPROM already.
        LINKED_BLOCK_IN_EPROM = 0xd206 => "linked_block_in_eprom",
        /// Too many blocks are copied and not linked.
        TOO_MANY_COPIED_BLOCKS = 0xd208 => "too_many_copied_blocks",
        /// A block was not found.
        BLOCKS_NOT_FOUND = 0xd209 => "blocks_not_found",
        /// One job links too many blocks.
        TOO_MANY_BLOCKS_TO_LINK = 0xd20a => "too_many_blocks_to_link",
        /// One job deletes too many blocks.
        TOO_MANY_BLOCKS_TO_DELETE = 0xd20b => "too_many_blocks_to_delete",
        /// The organisation block has no priority class.
        OB_WITHOUT_PRIORITY_CLASS = 0xd20c => "ob_without_priority_class",
        /// The system data block cannot be interpreted.
        SDB_NOT_UNDERSTOOD = 0xd20d => "sdb_not_understood",
        /// There is no further block.
        NO_FURTHER_BLOCK = 0xd20e => "no_further_block",
        /// The block is larger than the module allows.
        BLOCK_EXCEEDS_MODULE = 0xd20f => "block_exceeds_module",
        /// Block number is not valid.
        ILLEGAL_BLOCK_NUMBER = 0xd210 => "illegal_block_number",
        /// An attribute of the header is wrong.
        HEADER_ATTRIBUTE = 0xd212 => "header_attribute",
        /// Too many system data blocks.
        TOO_MANY_SDBS = 0xd213 => "too_many_sdbs",
        /// The user program is not valid.
        INVALID_USER_PROGRAM = 0xd216 => "invalid_user_program",
        /// The level of protection is not permitted.
        PROTECTION_LEVEL_NOT_PERMITTED = 0xd217 => "protection_level_not_permitted",
        /// The attribute active or passive is wrong.
        ACTIVE_PASSIVE_ATTRIBUTE = 0xd218 => "active_passive_attribute",
        /// Lengths of the block are wrong.
        BLOCK_LENGTHS = 0xd219 => "block_lengths",
        /// The length of local data, or the write protection, is wrong.
        LOCAL_DATA_LENGTH = 0xd21a => "local_data_length",
        /// The memory could not be compressed.
        CANNOT_COMPRESS = 0xd21b => "cannot_compress",
        /// So many project data are not allowed.
        PROJECT_DATA_VOLUME = 0xd21d => "project_data_volume",
        /// A module could not be given its parameters.
        CANNOT_PARAMETRIZE_MODULE = 0xd21e => "cannot_parametrize_module",
        /// The programming language is not valid.
        PROGRAMMING_LANGUAGE = 0xd220 => "programming_language",
        /// System data of connections or routing are not valid.
        CONNECTION_SYSTEM_DATA = 0xd221 => "connection_system_data",
        /// System data of global data are not valid.
        GLOBAL_DATA = 0xd222 => "global_data",
        /// The instance of a communication block is wrong, or there are too many.
        INSTANCE_DB_OF_COMMUNICATION = 0xd223 => "instance_db_of_communication",
        /// The system data block of SCAN is not valid.
        SCAN_SDB = 0xd224 => "scan_sdb",
        /// The system data block of DP is not valid.
        DP_SDB = 0xd225 => "dp_sdb",
        /// The structure of a block is wrong.
        BLOCK_STRUCTURE = 0xd226 => "block_structure",
        /// The structure of a block is wrong.
        BLOCK_STRUCTURE_2 = 0xd230 => "block_structure_2",
        /// A loaded organisation block has no priority class.
        LOADED_OB_WITHOUT_PRIORITY_CLASS = 0xd231 => "loaded_ob_without_priority_class",
        /// A loaded block has a number that is not allowed.
        ILLEGAL_NUMBER_OF_LOADED_BLOCK = 0xd232 => "illegal_number_of_loaded_block",
        /// The block exists twice.
        BLOCK_EXISTS_TWICE = 0xd234 => "block_exists_twice",
        /// The checksum of the block is wrong.
        BLOCK_CHECKSUM = 0xd235 => "block_checksum",
        /// The block has no checksum.
        BLOCK_WITHOUT_CHECKSUM = 0xd236 => "block_without_checksum",
        /// A block with the same time stamp is there already.
        BLOCK_LOADED_TWICE = 0xd237 => "block_loaded_twice",
        /// One of the blocks is no data block.
        NOT_A_DATA_BLOCK = 0xd238 => "not_a_data_block",
        /// One of the data blocks is not linked in load memory.
        DATA_BLOCK_NOT_LINKED = 0xd239 => "data_block_not_linked",
        /// One of the data blocks differs from the linked one.
        DATA_BLOCK_DIFFERS = 0xd23a => "data_block_differs",
        /// The rules of coordination are broken.
        COORDINATION_RULES = 0xd240 => "coordination_rules",
        /// Protection level of the module does not allow the function.
        PROTECTION_LEVEL = 0xd241 => "protection_level",
        /// Blocks of safety are protected.
        PROTECTION_OF_F_BLOCKS = 0xd242 => "protection_of_f_blocks",
        /// The update does not fit the module.
        UPDATE_DOES_NOT_MATCH = 0xd250 => "update_does_not_match",
        /// Parts of the operating system come in a wrong order.
        OPERATING_SYSTEM_SEQUENCE = 0xd251 => "operating_system_sequence",
        /// A checksum is wrong.
        CHECKSUM = 0xd252 => "checksum",
        /// There is no loader: only a memory card can update.
        NO_LOADER = 0xd253 => "no_loader",
        /// The operating system could not be stored.
        OPERATING_SYSTEM_MEMORY = 0xd254 => "operating_system_memory",
        /// The block could not be compiled.
        BLOCK_COMPILATION = 0xd280 => "block_compilation",
        /// Another function of blocks is active.
        OTHER_BLOCK_FUNCTION = 0xd2a1 => "other_block_function",
        /// A trigger of a block is active.
        TRIGGER_ACTIVE = 0xd2a2 => "trigger_active",
        /// The block is not linked, in use, or to be deleted.
        BLOCK_NOT_ACTIVE = 0xd2a3 => "block_not_active",
        /// Another function works on the block.
        BLOCK_IN_PROCESS = 0xd2a4 => "block_in_process",
        /// The program cannot be saved and changed at once.
        CANNOT_SAVE_AND_CHANGE = 0xd2a6 => "cannot_save_and_change",
        /// The block is not linked or not processed.
        BLOCK_UNLINKED = 0xd2a7 => "block_unlinked",
        /// A test keeps the CPU from being given parameters.
        DEBUGGING_PREVENTS_PARAMETERS = 0xd2a8 => "debugging_prevents_parameters",
        /// The CPU is being given parameters.
        CPU_BEING_PARAMETRIZED = 0xd2a9 => "cpu_being_parametrized",
        /// Modules are being given parameters.
        MODULES_BEING_PARAMETRIZED = 0xd2aa => "modules_being_parametrized",
        /// The limits of the configuration are being changed.
        LIMITS_BEING_CHANGED = 0xd2ab => "limits_being_changed",
        /// An SFC 12 keeps the configuration from being changed.
        RECONFIGURATION_PREVENTED = 0xd2ac => "reconfiguration_prevented",
        /// The configuration could not be changed in RUN.
        CONFIGURATION_IN_RUN = 0xd2b0 => "configuration_in_run",
        /// Too many technology objects.
        TOO_MANY_TECHNOLOGY_OBJECTS = 0xd2c0 => "too_many_technology_objects",
        /// The technology data block is there already.
        TECHNOLOGY_BLOCK_EXISTS = 0xd2c1 => "technology_block_exists",
        /// Program or hardware configuration cannot be loaded.
        CANNOT_DOWNLOAD = 0xd2c2 => "cannot_download",
        /// Information is not available.
        INFORMATION_NOT_AVAILABLE = 0xd401 => "information_not_available",
        /// Information is not available.
        LIST_NOT_AVAILABLE = 0xd402 => "list_not_available",
        /// Logged on or off already.
        LOGGED_ON_OR_OFF = 0xd403 => "logged_on_or_off",
        /// Nobody else can log on.
        LOGON_LIMIT = 0xd404 => "logon_limit",
        /// Service is not supported, or its parameters are not well formed.
        DIAGNOSTIC_SYNTAX = 0xd405 => "diagnostic_syntax",
        /// Information is not available at present.
        NOT_AVAILABLE_NOW = 0xd406 => "not_available_now",
        /// The diagnostics failed.
        DIAGNOSTICS_ERROR = 0xd407 => "diagnostics_error",
        /// The update was broken off.
        UPDATE_ABORTED = 0xd408 => "update_aborted",
        /// An error on the DP bus.
        DP_BUS_ERROR = 0xd409 => "dp_bus_error",
        /// The parameters are not well formed.
        SECURITY_SYNTAX = 0xd601 => "security_syntax",
        /// Password was wrong.
        PASSWORD_INCORRECT = 0xd602 => "password_incorrect",
        /// The connection has its rights already.
        ALREADY_LEGITIMIZED = 0xd603 => "already_legitimized",
        /// The connection is enabled already.
        ALREADY_ENABLED = 0xd604 => "already_enabled",
        /// There is no password.
        NO_PASSWORD = 0xd605 => "no_password",
        /// The address of a variable is not valid.
        CYCLIC_ADDRESS = 0xd801 => "cyclic_address",
        /// The job does not exist.
        CYCLIC_JOB_UNKNOWN = 0xd802 => "cyclic_job_unknown",
        /// The state of the job is not allowed.
        CYCLIC_JOB_STATUS = 0xd803 => "cyclic_job_status",
        /// The cycle is not valid.
        CYCLIC_TIME = 0xd804 => "cyclic_time",
        /// No further cyclic jobs.
        CYCLIC_JOBS_FULL = 0xd805 => "cyclic_jobs_full",
        /// The job is in a state that does not allow it.
        CYCLIC_JOB_STATE = 0xd806 => "cyclic_job_state",
        /// The cycle is too short for what is read.
        CYCLIC_OVERLOAD = 0xd807 => "cyclic_overload",
        /// Date or time is not valid.
        INVALID_TIME = 0xdc01 => "invalid_time",
        /// The CPU is the master already.
        ALREADY_MASTER = 0xe201 => "already_master",
        /// The user program in the flash module is another one.
        OTHER_USER_PROGRAM = 0xe202 => "other_user_program",
        /// The firmware is another one.
        OTHER_FIRMWARE = 0xe203 => "other_firmware",
        /// The memory is configured otherwise.
        OTHER_MEMORY_CONFIGURATION = 0xe204 => "other_memory_configuration",
        /// Connecting and updating failed while synchronizing.
        SYNCHRONIZATION_ABORTED = 0xe205 => "synchronization_aborted",
        /// Connecting and updating break the rules of coordination.
        COORDINATION_REFUSED = 0xe206 => "coordination_refused",
        /// The second identifier is not 0.
        ID2_NOT_ZERO = 0xef01 => "id2_not_zero",
        /// The second identifier names no set of resources.
        ID2_UNKNOWN = 0xef02 => "id2_unknown",
    }
}

crate::codes! {
    /// Syntax of an item's address.
    pub struct SyntaxId(u8) {
        /// Area, block, and address in bits.
        S7ANY = 0x10 => "s7any",
        /// Identifier of a remote block (BSEND, USEND, AR_SEND).
        R_ID = 0x13 => "r_id",
        /// A message to lock or unlock.
        ALARM_LOCKFREE = 0x15 => "alarm_lockfree",
        /// A message that is indicated.
        ALARM_IND = 0x16 => "alarm_ind",
        /// A message to acknowledge.
        ALARM_ACK = 0x19 => "alarm_ack",
        /// A query of messages.
        ALARM_QUERY = 0x1a => "alarm_query",
        /// A message without acknowledgement that is indicated.
        NOTIFY_IND = 0x1c => "notify_ind",
        /// Variable of a numerical control.
        NCK = 0x82 => "nck",
        /// The same, metric.
        NCK_METRIC = 0x83 => "nck_metric",
        /// The same, in inches.
        NCK_INCH = 0x84 => "nck_inch",
        /// Parameter of a drive.
        DRIVE_ES_ANY = 0xa2 => "drive_es_any",
        /// Several parts of data blocks in one item.
        DB_READ = 0xb0 => "db_read",
        /// Symbolic address of an S7-1200 or S7-1500.
        SYMBOLIC_1200 = 0xb2 => "symbolic_1200",
    }
}

crate::codes! {
    /// Transport size of an address: type of the variables.
    pub struct TransportSize(u8) {
        /// BOOL.
        BIT = 1 => "bit",
        /// BYTE.
        BYTE = 2 => "byte",
        /// CHAR.
        CHAR = 3 => "char",
        /// WORD.
        WORD = 4 => "word",
        /// INT.
        INT = 5 => "int",
        /// DWORD.
        DWORD = 6 => "dword",
        /// DINT.
        DINT = 7 => "dint",
        /// REAL.
        REAL = 8 => "real",
        /// DATE.
        DATE = 9 => "date",
        /// TIME_OF_DAY.
        TIME_OF_DAY = 10 => "time_of_day",
        /// TIME.
        TIME = 11 => "time",
        /// S5TIME.
        S5TIME = 12 => "s5time",
        /// DATE_AND_TIME.
        DATE_AND_TIME = 15 => "date_and_time",
        /// Counter.
        COUNTER = 28 => "counter",
        /// Timer.
        TIMER = 29 => "timer",
        /// IEC timer of the S7-200.
        IEC_TIMER = 30 => "iec_timer",
        /// IEC counter of the S7-200.
        IEC_COUNTER = 31 => "iec_counter",
        /// High-speed counter of the S7-200.
        HS_COUNTER = 32 => "hs_counter",
    }
}

crate::codes! {
    /// Area of memory.
    pub struct Area(u8) {
        /// Data record.
        DATA_RECORD = 0x01 => "data_record",
        /// System information of the S7-200.
        SYSTEM_INFO_200 = 0x03 => "system_info_200",
        /// System flags of the S7-200.
        SYSTEM_FLAGS_200 = 0x05 => "system_flags_200",
        /// Analog inputs of the S7-200.
        ANALOG_INPUTS_200 = 0x06 => "analog_inputs_200",
        /// Analog outputs of the S7-200.
        ANALOG_OUTPUTS_200 = 0x07 => "analog_outputs_200",
        /// Counters.
        COUNTERS = 0x1c => "counter",
        /// Timers.
        TIMERS = 0x1d => "timer",
        /// IEC counters of the S7-200.
        IEC_COUNTERS_200 = 0x1e => "iec_counter_200",
        /// IEC timers of the S7-200.
        IEC_TIMERS_200 = 0x1f => "iec_timer_200",
        /// Peripheral inputs and outputs, directly.
        PERIPHERAL = 0x80 => "peripheral",
        /// Inputs.
        INPUTS = 0x81 => "input",
        /// Outputs.
        OUTPUTS = 0x82 => "output",
        /// Flags (bit memory).
        FLAGS = 0x83 => "flag",
        /// Data block.
        DATA_BLOCK = 0x84 => "data_block",
        /// Instance data block.
        INSTANCE_DATA_BLOCK = 0x85 => "instance_data_block",
        /// Local data.
        LOCAL_DATA = 0x86 => "local_data",
        /// Local data of the caller.
        CALLER_LOCAL_DATA = 0x87 => "caller_local_data",
    }
}

crate::codes! {
    /// What became of one item.
    pub struct ReturnCode(u8) {
        /// Not stated: in a job.
        RESERVED = 0x00 => "reserved",
        /// Fault of the hardware.
        HARDWARE_FAULT = 0x01 => "hardware_fault",
        /// Access is not allowed.
        ACCESS_DENIED = 0x03 => "access_denied",
        /// Address is not valid.
        INVALID_ADDRESS = 0x05 => "invalid_address",
        /// Type is not supported.
        TYPE_NOT_SUPPORTED = 0x06 => "type_not_supported",
        /// Type or length do not fit.
        TYPE_INCONSISTENT = 0x07 => "type_inconsistent",
        /// Object does not exist.
        NO_SUCH_OBJECT = 0x0a => "no_such_object",
        /// Done.
        SUCCESS = 0xff => "success",
    }
}

crate::codes! {
    /// Transport size of data: in which unit their length is stated.
    pub struct DataTransportSize(u8) {
        /// No data.
        NULL = 0 => "null",
        /// Bits; length in bits.
        BIT = 3 => "bit",
        /// Octets, words, double words; length in bits.
        BYTE = 4 => "byte",
        /// Integers; length in bits.
        INT = 5 => "int",
        /// Double integers; length in octets.
        DINT = 6 => "dint",
        /// Real numbers; length in octets.
        REAL = 7 => "real",
        /// Octets; length in octets.
        OCTET_STRING = 9 => "octet_string",
        /// Address of a numerical control.
        NCK_ADDRESS_1 = 17 => "nck_address_1",
        /// Address of a numerical control.
        NCK_ADDRESS_2 = 18 => "nck_address_2",
    }
}

impl DataTransportSize {
    /// Octets that a stated length means.
    pub const fn octets(self, length: u16) -> u16 {
        match self {
            Self::BIT | Self::BYTE | Self::INT => length.div_ceil(8),
            _ => length,
        }
    }
}

crate::codes! {
    /// Type of a block.
    pub struct BlockType(u8) {
        /// Organisation block.
        OB = 0x08 => "OB",
        /// Data block.
        DB = 0x0a => "DB",
        /// System data block.
        SDB = 0x0b => "SDB",
        /// Function.
        FC = 0x0c => "FC",
        /// System function.
        SFC = 0x0d => "SFC",
        /// Function block.
        FB = 0x0e => "FB",
        /// System function block.
        SFB = 0x0f => "SFB",
    }
}

crate::codes! {
    /// Language that a block was written in.
    pub struct BlockLanguage(u8) {
        /// Not stated.
        NOT_DEFINED = 0 => "not_defined",
        /// Statement list.
        AWL = 1 => "awl",
        /// Ladder.
        KOP = 2 => "kop",
        /// Function chart.
        FUP = 3 => "fup",
        /// Structured text.
        SCL = 4 => "scl",
        /// Data block.
        DB = 5 => "db",
        /// Step chain.
        GRAPH = 6 => "graph",
        /// System data block.
        SDB = 7 => "sdb",
        /// Data block of the CPU.
        CPU_DB = 8 => "cpu_db",
        /// System data block after memory reset.
        SDB_AFTER_RESET = 17 => "sdb_after_reset",
        /// System data block for routing.
        SDB_ROUTING = 18 => "sdb_routing",
        /// Encrypted.
        ENCRYPT = 41 => "encrypt",
    }
}

crate::codes! {
    /// What a userdata PDU is to its dialogue.
    pub struct UserdataType(u8) {
        /// Pushed, without a request.
        PUSH = 0 => "push",
        /// Asks.
        REQUEST = 1 => "request",
        /// Answers.
        RESPONSE = 2 => "response",
    }
}

crate::codes! {
    /// Function group of userdata.
    pub struct FunctionGroup(u8) {
        /// Mode transitions.
        MODE_TRANSITION = 0 => "mode_transition" => REPORT,
        /// Commands of a programmer: watch, modify, force, test.
        PROGRAMMER = 1 => "programmer" => DIAG,
        /// Cyclic data.
        CYCLIC = 2 => "cyclic" => READ,
        /// Lists of blocks and what is known of them.
        BLOCK = 3 => "block" => BROWSE,
        /// System status lists, messages.
        CPU = 4 => "cpu" => DIAG,
        /// Passwords.
        SECURITY = 5 => "security" => AUTH,
        /// Programmable block communication: BSEND, BRECV.
        PBC_BSEND = 6 => "pbc_bsend" => WRITE,
        /// Clock.
        TIME = 7 => "time" => TIME,
        /// Routing of data records.
        DATA_RECORD_ROUTING = 32 => "data_record_routing" => CONFIG,
        /// Files of a numerical control.
        NC_PROGRAMMING = 63 => "nc_programming" => FILE,
    }
}

crate::codes! {
    /// Subfunction of the commands of a programmer.
    pub struct ProgrammerCommand(u8) {
        /// Watches a block.
        BLOCK_STATUS = 0x01 => "block_status" => READ,
        /// Watches variables.
        VARIABLE_STATUS = 0x02 => "variable_status" => READ,
        /// Interrupt stack.
        OUTPUT_ISTACK = 0x03 => "output_istack" => DIAG,
        /// Block stack.
        OUTPUT_BSTACK = 0x04 => "output_bstack" => DIAG,
        /// Local stack.
        OUTPUT_LSTACK = 0x05 => "output_lstack" => DIAG,
        /// Measures run time.
        TIME_MEASUREMENT = 0x06 => "time_measurement" => DIAG,
        /// What is forced.
        FORCE_SELECTION = 0x07 => "force_selection" => READ,
        /// Modifies variables.
        MODIFY_VARIABLE = 0x08 => "modify_variable" => WRITE,
        /// Forces variables.
        FORCE = 0x09 => "force" => FORCE,
        /// Sets a breakpoint.
        BREAKPOINT = 0x0a => "breakpoint" => MODE,
        /// Leaves HOLD.
        EXIT_HOLD = 0x0b => "exit_hold" => MODE,
        /// Clears the memory.
        MEMORY_RESET = 0x0c => "memory_reset" => RESTART,
        /// Disables a job.
        DISABLE_JOB = 0x0d => "disable_job" => DIAG,
        /// Enables a job.
        ENABLE_JOB = 0x0e => "enable_job" => DIAG,
        /// Deletes a job.
        DELETE_JOB = 0x0f => "delete_job" => DIAG,
        /// Lists jobs.
        READ_JOB_LIST = 0x10 => "read_job_list" => DIAG,
        /// Reads a job.
        READ_JOB = 0x11 => "read_job" => DIAG,
        /// Replaces a job.
        REPLACE_JOB = 0x12 => "replace_job" => DIAG,
        /// Watches a block, newer form.
        BLOCK_STATUS_2 = 0x13 => "block_status_2" => READ,
        /// Lets a lamp blink.
        FLASH_LED = 0x16 => "flash_led" => DIAG,
    }
}

crate::codes! {
    /// Subfunction of cyclic services.
    pub struct CyclicService(u8) {
        /// Asks for values at an interval.
        TRANSFER = 1 => "transfer" => READ,
        /// Ends it.
        UNSUBSCRIBE = 4 => "unsubscribe" => REPORTING,
        /// Asks for values on change.
        CHANGE_DRIVEN = 5 => "change_driven" => READ,
        /// Changes what was asked for on change.
        CHANGE_DRIVEN_MODIFY = 7 => "change_driven_modify" => READ,
        /// Reads a data record.
        READ_RECORD = 8 => "read_record" => READ,
    }
}

crate::codes! {
    /// Subfunction of block functions.
    pub struct BlockFunction(u8) {
        /// How many blocks of each type.
        LIST = 1 => "list_blocks" => BROWSE,
        /// Blocks of one type.
        LIST_OF_TYPE = 2 => "list_blocks_of_type" => BROWSE,
        /// What is known of one block.
        INFO = 3 => "get_block_info" => BROWSE,
    }
}

crate::codes! {
    /// Subfunction of CPU functions.
    pub struct CpuFunction(u8) {
        /// Reads a system status list.
        READ_SZL = 0x01 => "read_szl" => DIAG,
        /// Logs on for messages, or off.
        MESSAGE_SERVICE = 0x02 => "message_service" => REPORTING,
        /// An entry of the diagnostic buffer.
        DIAGNOSTIC_MESSAGE = 0x03 => "diagnostic_message" => REPORT,
        /// Message with up to eight signals.
        ALARM_8_IND = 0x05 => "alarm_8_ind" => REPORT,
        /// Message without acknowledgement.
        NOTIFY_IND = 0x06 => "notify_ind" => REPORT,
        /// Locks messages.
        ALARM_8_LOCK = 0x07 => "alarm_8_lock" => ALARM,
        /// Unlocks messages.
        ALARM_8_UNLOCK = 0x08 => "alarm_8_unlock" => ALARM,
        /// Message of a scan.
        SCAN_IND = 0x09 => "scan_ind" => REPORT,
        /// Acknowledges a message.
        ALARM_ACK = 0x0b => "alarm_ack" => ALARM,
        /// Somebody acknowledged a message.
        ALARM_ACK_IND = 0x0c => "alarm_ack_ind" => REPORT,
        /// Somebody locked messages.
        ALARM_LOCK_IND = 0x0d => "alarm_lock_ind" => REPORT,
        /// Somebody unlocked messages.
        ALARM_UNLOCK_IND = 0x0e => "alarm_unlock_ind" => REPORT,
        /// Message of a block, to be acknowledged.
        ALARM_SQ_IND = 0x11 => "alarm_sq_ind" => REPORT,
        /// Message of a block.
        ALARM_S_IND = 0x12 => "alarm_s_ind" => REPORT,
        /// Asks for pending messages.
        ALARM_QUERY = 0x13 => "alarm_query" => READ,
        /// Message without acknowledgement, with up to eight signals.
        NOTIFY_8_IND = 0x16 => "notify_8_ind" => REPORT,
        /// Archive data.
        AR_SEND_IND = 0x1c => "ar_send_ind" => REPORT,
    }
}

crate::codes! {
    /// Subfunction of security.
    pub struct SecurityFunction(u8) {
        /// Sends the password of the PLC.
        PASSWORD = 1 => "plc_password" => AUTH,
        /// Gives the rights up.
        CLEAR_PASSWORD = 2 => "clear_password" => SESSION,
    }
}

crate::codes! {
    /// Subfunction of the clock.
    pub struct TimeFunction(u8) {
        /// Reads the clock.
        READ = 1 => "read_clock" => READ,
        /// Sets the clock.
        SET = 2 => "set_clock" => TIME,
        /// Reads the clock, following.
        READ_FOLLOWING = 3 => "read_clock_following" => READ,
        /// Sets the clock.
        SET_2 = 4 => "set_clock_2" => TIME,
    }
}

crate::codes! {
    /// Subfunction of files of a numerical control.
    pub struct NcFunction(u8) {
        /// Announces a file.
        REQUEST_DOWNLOAD = 1 => "nc_request_download" => PROGRAM_DOWNLOAD,
        /// A part of a file.
        DOWNLOAD_BLOCK = 2 => "nc_download_block" => PROGRAM_DOWNLOAD,
        /// Asks for more.
        CONTINUE_DOWNLOAD = 3 => "nc_continue_download" => PROGRAM_DOWNLOAD,
        /// The file is there.
        DOWNLOAD_ENDED = 4 => "nc_download_ended" => PROGRAM_DOWNLOAD,
        /// Asks for a file.
        START_UPLOAD = 6 => "nc_start_upload" => PROGRAM_UPLOAD,
        /// A part of a file.
        UPLOAD = 7 => "nc_upload" => PROGRAM_UPLOAD,
        /// Asks for more.
        CONTINUE_UPLOAD = 8 => "nc_continue_upload" => PROGRAM_UPLOAD,
    }
}

crate::codes! {
    /// Mode that the CPU went to.
    pub struct CpuMode(u8) {
        /// Stop.
        STOP = 0 => "stop",
        /// Warm restart.
        WARM_RESTART = 1 => "warm_restart",
        /// Run.
        RUN = 2 => "run",
        /// Hot restart.
        HOT_RESTART = 3 => "hot_restart",
        /// Hold.
        HOLD = 4 => "hold",
        /// Cold restart.
        COLD_RESTART = 6 => "cold_restart",
        /// Run, redundant.
        RUN_REDUNDANT = 9 => "run_redundant",
        /// Link-up of a redundant pair.
        LINK_UP = 11 => "link_up",
        /// Update of a redundant pair.
        UPDATE = 12 => "update",
    }
}

crate::codes! {
    /// Operating state in the system status list 0424 hex.
    pub struct OperatingState(u8) {
        /// Stop, update of the operating system.
        STOP_UPDATE = 0x01 => "stop_update",
        /// Stop, memory reset.
        STOP_RESET = 0x02 => "stop_memory_reset",
        /// Stop, the CPU initializes itself.
        STOP_INITIALIZATION = 0x03 => "stop_initialization",
        /// Stop.
        STOP = 0x04 => "stop",
        /// Startup by a complete restart.
        COMPLETE_RESTART = 0x05 => "complete_restart",
        /// Startup by a restart.
        RESTART = 0x07 => "restart",
        /// Run.
        RUN = 0x08 => "run",
        /// Hold.
        HOLD = 0x0a => "hold",
        /// Link-up of a redundant pair.
        LINK_UP = 0x0b => "link_up",
        /// Update of a redundant pair.
        UPDATE = 0x0c => "update",
        /// Defective.
        DEFECTIVE = 0x0d => "defective",
    }
}

crate::codes! {
    /// Partial list of the system status list: the lower octet of its identifier.
    pub struct PartialList(u8) {
        /// All lists of the module.
        ALL = 0x00 => "all_lists",
        /// Identification of the module.
        MODULE_IDENTIFICATION = 0x11 => "module_identification" => IDENTIFY,
        /// Characteristics of the CPU.
        CPU_CHARACTERISTICS = 0x12 => "cpu_characteristics" => DIAG,
        /// User memory.
        USER_MEMORY = 0x13 => "user_memory" => DIAG,
        /// System areas.
        SYSTEM_AREAS = 0x14 => "system_areas" => DIAG,
        /// Types of blocks.
        BLOCK_TYPES = 0x15 => "block_types" => DIAG,
        /// Priority classes.
        PRIORITY_CLASSES = 0x16 => "priority_classes" => DIAG,
        /// Permitted system data blocks.
        SYSTEM_DATA_BLOCKS = 0x17 => "system_data_blocks" => DIAG,
        /// Largest configuration of inputs and outputs.
        MAXIMUM_CONFIGURATION = 0x18 => "maximum_configuration" => DIAG,
        /// Lamps.
        LEDS = 0x19 => "leds" => DIAG,
        /// Identification of a component.
        COMPONENT_IDENTIFICATION = 0x1c => "component_identification" => IDENTIFY,
        /// Interrupts and errors.
        INTERRUPT_ASSIGNMENT = 0x21 => "interrupt_assignment" => DIAG,
        /// Status of interrupts.
        INTERRUPT_STATUS = 0x22 => "interrupt_status" => DIAG,
        /// Priority classes.
        PRIORITY_CLASS_STATUS = 0x23 => "priority_class_status" => DIAG,
        /// Modes.
        MODES = 0x24 => "modes" => DIAG,
        /// Process image partitions.
        PROCESS_IMAGE = 0x25 => "process_image" => DIAG,
        /// What the communication can do.
        COMMUNICATION_CAPABILITY = 0x31 => "communication_capability" => DIAG,
        /// State of the communication, protection level.
        COMMUNICATION_STATUS = 0x32 => "communication_status" => DIAG,
        /// Who is logged on for diagnostics.
        DIAGNOSTIC_LOGON = 0x33 => "diagnostic_logon" => DIAG,
        /// Ethernet details.
        ETHERNET = 0x37 => "ethernet" => DIAG,
        /// Redundant CPUs.
        H_CPU_GROUP = 0x71 => "h_cpu_group" => DIAG,
        /// Lamps of modules.
        MODULE_LEDS = 0x74 => "module_leds" => DIAG,
        /// Switched slaves of a redundant system.
        H_SLAVES = 0x75 => "h_slaves" => DIAG,
        /// Start information.
        START_INFORMATION = 0x81 => "start_information" => DIAG,
        /// Start events.
        START_EVENTS = 0x82 => "start_events" => DIAG,
        /// DP master systems.
        DP_MASTER_SYSTEMS = 0x90 => "dp_master_systems" => DIAG,
        /// Status of modules.
        MODULE_STATUS = 0x91 => "module_status" => DIAG,
        /// Status of racks and stations.
        RACK_STATUS = 0x92 => "rack_status" => DIAG,
        /// Status of racks and stations.
        STATION_STATUS = 0x94 => "station_status" => DIAG,
        /// DP master systems, more.
        DP_MASTER_SYSTEMS_EXTENDED = 0x95 => "dp_master_systems_extended" => DIAG,
        /// Status of modules of PROFINET and PROFIBUS.
        MODULE_STATUS_EXTENDED = 0x96 => "module_status_extended" => DIAG,
        /// Diagnostic buffer.
        DIAGNOSTIC_BUFFER = 0xa0 => "diagnostic_buffer" => DIAG,
        /// Diagnostic data of a module, record 0.
        MODULE_DIAGNOSTICS_0 = 0xb1 => "module_diagnostics_0" => DIAG,
        /// Diagnostic data of a module, record 1, by place.
        MODULE_DIAGNOSTICS_1_PLACE = 0xb2 => "module_diagnostics_1_place" => DIAG,
        /// Diagnostic data of a module, record 1, by address.
        MODULE_DIAGNOSTICS_1_ADDRESS = 0xb3 => "module_diagnostics_1_address" => DIAG,
        /// Diagnostic data of a slave.
        SLAVE_DIAGNOSTICS = 0xb4 => "slave_diagnostics" => DIAG,
    }
}

/// Name of a subfunction in its group.
pub(super) const fn subfunction_name(group: FunctionGroup, subfunction: u8) -> Option<Symbol> {
    let name = match group {
        FunctionGroup::MODE_TRANSITION => CpuMode(subfunction).name(),
        FunctionGroup::PROGRAMMER => ProgrammerCommand(subfunction).name(),
        FunctionGroup::CYCLIC => CyclicService(subfunction).name(),
        FunctionGroup::BLOCK => BlockFunction(subfunction).name(),
        FunctionGroup::CPU => CpuFunction(subfunction).name(),
        FunctionGroup::SECURITY => SecurityFunction(subfunction).name(),
        FunctionGroup::TIME => TimeFunction(subfunction).name(),
        FunctionGroup::NC_PROGRAMMING => NcFunction(subfunction).name(),
        FunctionGroup::PBC_BSEND => Some("bsend"),
        _ => None,
    };
    match name {
        Some(name) => Some(Symbol(name)),
        None => None,
    }
}
