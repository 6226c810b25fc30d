//! Codes of MMS (ISO 9506-2), clause by clause.

crate::codes! {
    /// Type of a message: the number of the tag of `MMSpdu` (clause 7.1).
    pub struct PduType(u8) {
        /// Confirmed-RequestPDU.
        CONFIRMED_REQUEST = 0 => "confirmed_request",
        /// Confirmed-ResponsePDU.
        CONFIRMED_RESPONSE = 1 => "confirmed_response",
        /// Confirmed-ErrorPDU.
        CONFIRMED_ERROR = 2 => "confirmed_error",
        /// Unconfirmed-PDU.
        UNCONFIRMED = 3 => "unconfirmed",
        /// RejectPDU.
        REJECT = 4 => "reject",
        /// Cancel-RequestPDU.
        CANCEL_REQUEST = 5 => "cancel_request" => SESSION,
        /// Cancel-ResponsePDU.
        CANCEL_RESPONSE = 6 => "cancel_response",
        /// Cancel-ErrorPDU.
        CANCEL_ERROR = 7 => "cancel_error",
        /// Initiate-RequestPDU.
        INITIATE_REQUEST = 8 => "initiate_request" => SESSION,
        /// Initiate-ResponsePDU.
        INITIATE_RESPONSE = 9 => "initiate_response",
        /// Initiate-ErrorPDU.
        INITIATE_ERROR = 10 => "initiate_error",
        /// Conclude-RequestPDU.
        CONCLUDE_REQUEST = 11 => "conclude_request" => SESSION,
        /// Conclude-ResponsePDU.
        CONCLUDE_RESPONSE = 12 => "conclude_response",
        /// Conclude-ErrorPDU.
        CONCLUDE_ERROR = 13 => "conclude_error",
    }
}

crate::codes! {
    /// Confirmed service: the number of the tag of `ConfirmedServiceRequest` and `ConfirmedServiceResponse`.
    pub struct ConfirmedService(u8) {
        /// status.
        STATUS = 0 => "status" => DIAG,
        /// getNameList.
        GET_NAME_LIST = 1 => "get_name_list" => BROWSE,
        /// identify.
        IDENTIFY = 2 => "identify" => IDENTIFY,
        /// rename.
        RENAME = 3 => "rename" => CONFIG,
        /// read.
        READ = 4 => "read" => READ,
        /// write.
        WRITE = 5 => "write" => WRITE,
        /// getVariableAccessAttributes.
        GET_VARIABLE_ACCESS_ATTRIBUTES = 6 => "get_variable_access_attributes" => BROWSE,
        /// defineNamedVariable.
        DEFINE_NAMED_VARIABLE = 7 => "define_named_variable" => CONFIG,
        /// defineScatteredAccess.
        DEFINE_SCATTERED_ACCESS = 8 => "define_scattered_access" => CONFIG,
        /// getScatteredAccessAttributes.
        GET_SCATTERED_ACCESS_ATTRIBUTES = 9 => "get_scattered_access_attributes" => BROWSE,
        /// deleteVariableAccess.
        DELETE_VARIABLE_ACCESS = 10 => "delete_variable_access" => CONFIG,
        /// defineNamedVariableList.
        DEFINE_NAMED_VARIABLE_LIST = 11 => "define_named_variable_list" => CONFIG,
        /// getNamedVariableListAttributes.
        GET_NAMED_VARIABLE_LIST_ATTRIBUTES = 12 => "get_named_variable_list_attributes" => BROWSE,
        /// deleteNamedVariableList.
        DELETE_NAMED_VARIABLE_LIST = 13 => "delete_named_variable_list" => REPORTING,
        /// defineNamedType.
        DEFINE_NAMED_TYPE = 14 => "define_named_type" => CONFIG,
        /// getNamedTypeAttributes.
        GET_NAMED_TYPE_ATTRIBUTES = 15 => "get_named_type_attributes" => BROWSE,
        /// deleteNamedType.
        DELETE_NAMED_TYPE = 16 => "delete_named_type" => CONFIG,
        /// input.
        INPUT = 17 => "input" => READ,
        /// output.
        OUTPUT = 18 => "output" => WRITE,
        /// takeControl.
        TAKE_CONTROL = 19 => "take_control" => CONTROL,
        /// relinquishControl.
        RELINQUISH_CONTROL = 20 => "relinquish_control" => CONTROL,
        /// defineSemaphore.
        DEFINE_SEMAPHORE = 21 => "define_semaphore" => CONFIG,
        /// deleteSemaphore.
        DELETE_SEMAPHORE = 22 => "delete_semaphore" => CONFIG,
        /// reportSemaphoreStatus.
        REPORT_SEMAPHORE_STATUS = 23 => "report_semaphore_status" => DIAG,
        /// reportPoolSemaphoreStatus.
        REPORT_POOL_SEMAPHORE_STATUS = 24 => "report_pool_semaphore_status" => DIAG,
        /// reportSemaphoreEntryStatus.
        REPORT_SEMAPHORE_ENTRY_STATUS = 25 => "report_semaphore_entry_status" => DIAG,
        /// initiateDownloadSequence.
        INITIATE_DOWNLOAD_SEQUENCE = 26 => "initiate_download_sequence" => PROGRAM_DOWNLOAD,
        /// downloadSegment.
        DOWNLOAD_SEGMENT = 27 => "download_segment" => PROGRAM_DOWNLOAD,
        /// terminateDownloadSequence.
        TERMINATE_DOWNLOAD_SEQUENCE = 28 => "terminate_download_sequence" => PROGRAM_DOWNLOAD,
        /// initiateUploadSequence.
        INITIATE_UPLOAD_SEQUENCE = 29 => "initiate_upload_sequence" => PROGRAM_UPLOAD,
        /// uploadSegment.
        UPLOAD_SEGMENT = 30 => "upload_segment" => PROGRAM_UPLOAD,
        /// terminateUploadSequence.
        TERMINATE_UPLOAD_SEQUENCE = 31 => "terminate_upload_sequence" => PROGRAM_UPLOAD,
        /// requestDomainDownload.
        REQUEST_DOMAIN_DOWNLOAD = 32 => "request_domain_download" => PROGRAM_DOWNLOAD,
        /// requestDomainUpload.
        REQUEST_DOMAIN_UPLOAD = 33 => "request_domain_upload" => PROGRAM_UPLOAD,
        /// loadDomainContent.
        LOAD_DOMAIN_CONTENT = 34 => "load_domain_content" => PROGRAM_DOWNLOAD,
        /// storeDomainContent.
        STORE_DOMAIN_CONTENT = 35 => "store_domain_content" => PROGRAM_UPLOAD,
        /// deleteDomain.
        DELETE_DOMAIN = 36 => "delete_domain" => CONFIG,
        /// getDomainAttributes.
        GET_DOMAIN_ATTRIBUTES = 37 => "get_domain_attributes" => BROWSE,
        /// createProgramInvocation.
        CREATE_PROGRAM_INVOCATION = 38 => "create_program_invocation" => CONFIG,
        /// deleteProgramInvocation.
        DELETE_PROGRAM_INVOCATION = 39 => "delete_program_invocation" => CONFIG,
        /// start.
        START = 40 => "start" => MODE,
        /// stop.
        STOP = 41 => "stop" => MODE,
        /// resume.
        RESUME = 42 => "resume" => MODE,
        /// reset.
        RESET = 43 => "reset" => MODE,
        /// kill.
        KILL = 44 => "kill" => MODE,
        /// getProgramInvocationAttributes.
        GET_PROGRAM_INVOCATION_ATTRIBUTES = 45 => "get_program_invocation_attributes" => BROWSE,
        /// obtainFile.
        OBTAIN_FILE = 46 => "obtain_file" => FILE,
        /// defineEventCondition.
        DEFINE_EVENT_CONDITION = 47 => "define_event_condition" => ALARM,
        /// deleteEventCondition.
        DELETE_EVENT_CONDITION = 48 => "delete_event_condition" => ALARM,
        /// getEventConditionAttributes.
        GET_EVENT_CONDITION_ATTRIBUTES = 49 => "get_event_condition_attributes" => BROWSE,
        /// reportEventConditionStatus.
        REPORT_EVENT_CONDITION_STATUS = 50 => "report_event_condition_status" => READ,
        /// alterEventConditionMonitoring.
        ALTER_EVENT_CONDITION_MONITORING = 51 => "alter_event_condition_monitoring" => ALARM,
        /// triggerEvent.
        TRIGGER_EVENT = 52 => "trigger_event" => ALARM,
        /// defineEventAction.
        DEFINE_EVENT_ACTION = 53 => "define_event_action" => ALARM,
        /// deleteEventAction.
        DELETE_EVENT_ACTION = 54 => "delete_event_action" => ALARM,
        /// getEventActionAttributes.
        GET_EVENT_ACTION_ATTRIBUTES = 55 => "get_event_action_attributes" => BROWSE,
        /// reportEventActionStatus.
        REPORT_EVENT_ACTION_STATUS = 56 => "report_event_action_status" => READ,
        /// defineEventEnrollment.
        DEFINE_EVENT_ENROLLMENT = 57 => "define_event_enrollment" => ALARM,
        /// deleteEventEnrollment.
        DELETE_EVENT_ENROLLMENT = 58 => "delete_event_enrollment" => ALARM,
        /// alterEventEnrollment.
        ALTER_EVENT_ENROLLMENT = 59 => "alter_event_enrollment" => ALARM,
        /// reportEventEnrollmentStatus.
        REPORT_EVENT_ENROLLMENT_STATUS = 60 => "report_event_enrollment_status" => READ,
        /// getEventEnrollmentAttributes.
        GET_EVENT_ENROLLMENT_ATTRIBUTES = 61 => "get_event_enrollment_attributes" => BROWSE,
        /// acknowledgeEventNotification.
        ACKNOWLEDGE_EVENT_NOTIFICATION = 62 => "acknowledge_event_notification" => ALARM,
        /// getAlarmSummary.
        GET_ALARM_SUMMARY = 63 => "get_alarm_summary" => READ,
        /// getAlarmEnrollmentSummary.
        GET_ALARM_ENROLLMENT_SUMMARY = 64 => "get_alarm_enrollment_summary" => READ,
        /// readJournal.
        READ_JOURNAL = 65 => "read_journal" => READ,
        /// writeJournal.
        WRITE_JOURNAL = 66 => "write_journal" => WRITE,
        /// initializeJournal.
        INITIALIZE_JOURNAL = 67 => "initialize_journal" => WRITE,
        /// reportJournalStatus.
        REPORT_JOURNAL_STATUS = 68 => "report_journal_status" => READ,
        /// createJournal.
        CREATE_JOURNAL = 69 => "create_journal" => CONFIG,
        /// deleteJournal.
        DELETE_JOURNAL = 70 => "delete_journal" => CONFIG,
        /// getCapabilityList.
        GET_CAPABILITY_LIST = 71 => "get_capability_list" => BROWSE,
        /// fileOpen.
        FILE_OPEN = 72 => "file_open" => FILE,
        /// fileRead.
        FILE_READ = 73 => "file_read" => FILE,
        /// fileClose.
        FILE_CLOSE = 74 => "file_close" => FILE,
        /// fileRename.
        FILE_RENAME = 75 => "file_rename" => FILE,
        /// fileDelete.
        FILE_DELETE = 76 => "file_delete" => FILE,
        /// fileDirectory.
        FILE_DIRECTORY = 77 => "file_directory" => FILE,
        /// additionalService.
        ADDITIONAL_SERVICE = 78 => "additional_service" => UNKNOWN,
        /// getDataExchangeAttributes.
        GET_DATA_EXCHANGE_ATTRIBUTES = 80 => "get_data_exchange_attributes" => BROWSE,
        /// exchangeData.
        EXCHANGE_DATA = 81 => "exchange_data" => WRITE,
        /// defineAccessControlList.
        DEFINE_ACCESS_CONTROL_LIST = 82 => "define_access_control_list" => CONFIG,
        /// getAccessControlListAttributes.
        GET_ACCESS_CONTROL_LIST_ATTRIBUTES = 83 => "get_access_control_list_attributes" => BROWSE,
        /// reportAccessControlledObjects.
        REPORT_ACCESS_CONTROLLED_OBJECTS = 84 => "report_access_controlled_objects" => BROWSE,
        /// deleteAccessControlList.
        DELETE_ACCESS_CONTROL_LIST = 85 => "delete_access_control_list" => CONFIG,
        /// changeAccessControl.
        CHANGE_ACCESS_CONTROL = 86 => "change_access_control" => CONFIG,
        /// reconfigureProgramInvocation.
        RECONFIGURE_PROGRAM_INVOCATION = 87 => "reconfigure_program_invocation" => CONFIG,
    }
}

crate::codes! {
    /// Unconfirmed service: the number of the tag of `UnconfirmedService`.
    pub struct UnconfirmedService(u8) {
        /// informationReport.
        INFORMATION_REPORT = 0 => "information_report" => REPORT,
        /// unsolicitedStatus.
        UNSOLICITED_STATUS = 1 => "unsolicited_status" => REPORT,
        /// eventNotification.
        EVENT_NOTIFICATION = 2 => "event_notification" => REPORT,
    }
}

crate::codes! {
    /// Why the value of a variable cannot be given or set (`DataAccessError`, clause 14.4.3).
    pub struct DataAccessError(u8) {
        /// Object invalidated.
        OBJECT_INVALIDATED = 0 => "object_invalidated",
        /// Hardware fault.
        HARDWARE_FAULT = 1 => "hardware_fault",
        /// Temporarily unavailable.
        TEMPORARILY_UNAVAILABLE = 2 => "temporarily_unavailable",
        /// Object access denied.
        OBJECT_ACCESS_DENIED = 3 => "object_access_denied",
        /// Object undefined.
        OBJECT_UNDEFINED = 4 => "object_undefined",
        /// Invalid address.
        INVALID_ADDRESS = 5 => "invalid_address",
        /// Type unsupported.
        TYPE_UNSUPPORTED = 6 => "type_unsupported",
        /// Type inconsistent.
        TYPE_INCONSISTENT = 7 => "type_inconsistent",
        /// Object attribute inconsistent.
        OBJECT_ATTRIBUTE_INCONSISTENT = 8 => "object_attribute_inconsistent",
        /// Object access unsupported.
        OBJECT_ACCESS_UNSUPPORTED = 9 => "object_access_unsupported",
        /// Object non existent.
        OBJECT_NON_EXISTENT = 10 => "object_non_existent",
        /// Object value invalid.
        OBJECT_VALUE_INVALID = 11 => "object_value_invalid",
    }
}

crate::codes! {
    /// Class of an error of a service (`ServiceError`, clause 7.4).
    pub struct ErrorClass(u8) {
        /// Vmd state.
        VMD_STATE = 0 => "vmd_state",
        /// Application reference.
        APPLICATION_REFERENCE = 1 => "application_reference",
        /// Definition.
        DEFINITION = 2 => "definition",
        /// Resource.
        RESOURCE = 3 => "resource",
        /// Service.
        SERVICE = 4 => "service",
        /// Service preempt.
        SERVICE_PREEMPT = 5 => "service_preempt",
        /// Time resolution.
        TIME_RESOLUTION = 6 => "time_resolution",
        /// Access.
        ACCESS = 7 => "access",
        /// Initiate.
        INITIATE = 8 => "initiate",
        /// Conclude.
        CONCLUDE = 9 => "conclude",
        /// Cancel.
        CANCEL = 10 => "cancel",
        /// File.
        FILE = 11 => "file",
        /// Others.
        OTHERS = 12 => "others",
    }
}

/// The name of an error, by its class and code (`ServiceError`, clause 7.4).
pub const fn error_name(class: u8, code: u8) -> Option<&'static str> {
    const NAMES: [&[&str]; 12] = [
        &[
            "other",
            "vmd_state_conflict",
            "vmd_operational_problem",
            "domain_transfer_problem",
            "state_machine_id_invalid",
        ],
        &[
            "other",
            "application_unreachable",
            "connection_lost",
            "application_reference_invalid",
            "context_unsupported",
        ],
        &[
            "other",
            "object_undefined",
            "invalid_address",
            "type_unsupported",
            "type_inconsistent",
            "object_exists",
            "object_attribute_inconsistent",
        ],
        &[
            "other",
            "memory_unavailable",
            "processor_resource_unavailable",
            "mass_storage_unavailable",
            "capability_unavailable",
            "capability_unknown",
        ],
        &[
            "other",
            "primitives_out_of_sequence",
            "object_state_conflict",
            "pdu_size",
            "continuation_invalid",
            "object_constraint_conflict",
        ],
        &["other", "timeout", "deadlock", "cancel"],
        &["other", "unsupportable_time_resolution"],
        &[
            "other",
            "object_access_unsupported",
            "object_non_existent",
            "object_access_denied",
            "object_invalidated",
        ],
        &[
            "other",
            "reserved_1",
            "reserved_2",
            "max_services_outstanding_calling_insufficient",
            "max_services_outstanding_called_insufficient",
            "service_cbb_insufficient",
            "parameter_cbb_insufficient",
            "nesting_level_insufficient",
        ],
        &["other", "further_communication_required"],
        &["other", "invoke_id_unknown", "cancel_not_possible"],
        &[
            "other",
            "filename_ambiguous",
            "file_busy",
            "filename_syntax_error",
            "content_type_invalid",
            "position_invalid",
            "file_access_denied",
            "file_non_existent",
            "duplicate_filename",
            "insufficient_space_in_filestore",
        ],
    ];
    let (class, code) = (class as usize, code as usize);
    if class < NAMES.len() && code < NAMES[class].len() { Some(NAMES[class][code]) } else { None }
}

crate::codes! {
    /// What is rejected (`RejectPDU`, clause 7.5).
    pub struct RejectedPdu(u8) {
        /// Confirmed request pdu.
        CONFIRMED_REQUEST_PDU = 1 => "confirmed_request_pdu",
        /// Confirmed response pdu.
        CONFIRMED_RESPONSE_PDU = 2 => "confirmed_response_pdu",
        /// Confirmed error pdu.
        CONFIRMED_ERROR_PDU = 3 => "confirmed_error_pdu",
        /// Unconfirmed pdu.
        UNCONFIRMED_PDU = 4 => "unconfirmed_pdu",
        /// Pdu error.
        PDU_ERROR = 5 => "pdu_error",
        /// Cancel request pdu.
        CANCEL_REQUEST_PDU = 6 => "cancel_request_pdu",
        /// Cancel response pdu.
        CANCEL_RESPONSE_PDU = 7 => "cancel_response_pdu",
        /// Cancel error pdu.
        CANCEL_ERROR_PDU = 8 => "cancel_error_pdu",
        /// Conclude request pdu.
        CONCLUDE_REQUEST_PDU = 9 => "conclude_request_pdu",
        /// Conclude response pdu.
        CONCLUDE_RESPONSE_PDU = 10 => "conclude_response_pdu",
        /// Conclude error pdu.
        CONCLUDE_ERROR_PDU = 11 => "conclude_error_pdu",
    }
}

/// The name of the reason for which a message of this kind is rejected (`RejectPDU`, clause 7.5).
pub fn reject_name(rejected: RejectedPdu, reason: u8) -> Option<&'static str> {
    const NAMES: [&[&str]; 11] = [
        &[
            "other",
            "unrecognized_service",
            "unrecognized_modifier",
            "invalid_invoke_id",
            "invalid_argument",
            "invalid_modifier",
            "max_serv_outstanding_exceeded",
            "",
            "max_recursion_exceeded",
            "value_out_of_range",
        ],
        &[
            "other",
            "unrecognized_service",
            "invalid_invoke_id",
            "invalid_result",
            "",
            "max_recursion_exceeded",
            "value_out_of_range",
        ],
        &[
            "other",
            "unrecognized_service",
            "invalid_invoke_id",
            "invalid_service_error",
            "value_out_of_range",
        ],
        &[
            "other",
            "unrecognized_service",
            "invalid_argument",
            "max_recursion_exceeded",
            "value_out_of_range",
        ],
        &["unknown_pdu_type", "invalid_pdu", "illegal_acse_mapping"],
        &["other", "invalid_invoke_id"],
        &["other", "invalid_invoke_id"],
        &["other", "invalid_invoke_id", "invalid_service_error", "value_out_of_range"],
        &["other", "invalid_argument"],
        &["other", "invalid_result"],
        &["other", "invalid_service_error", "value_out_of_range"],
    ];
    let names = NAMES.get(usize::from(rejected.0.checked_sub(1)?))?;
    names.get(usize::from(reason)).copied().filter(|name| !name.is_empty())
}

crate::codes! {
    /// Class of objects (`ObjectClass`).
    pub struct ObjectClass(u8) {
        /// Named variable.
        NAMED_VARIABLE = 0 => "named_variable",
        /// Scattered access.
        SCATTERED_ACCESS = 1 => "scattered_access",
        /// Named variable list.
        NAMED_VARIABLE_LIST = 2 => "named_variable_list",
        /// Named type.
        NAMED_TYPE = 3 => "named_type",
        /// Semaphore.
        SEMAPHORE = 4 => "semaphore",
        /// Event condition.
        EVENT_CONDITION = 5 => "event_condition",
        /// Event action.
        EVENT_ACTION = 6 => "event_action",
        /// Event enrollment.
        EVENT_ENROLLMENT = 7 => "event_enrollment",
        /// Journal.
        JOURNAL = 8 => "journal",
        /// Domain.
        DOMAIN = 9 => "domain",
        /// Program invocation.
        PROGRAM_INVOCATION = 10 => "program_invocation",
        /// Operator station.
        OPERATOR_STATION = 11 => "operator_station",
        /// Data exchange.
        DATA_EXCHANGE = 12 => "data_exchange",
        /// Access control list.
        ACCESS_CONTROL_LIST = 13 => "access_control_list",
    }
}

crate::codes! {
    /// What a deletion means (`scopeOfDelete`).
    pub struct ScopeOfDelete(u8) {
        /// The objects that are named.
        SPECIFIC = 0 => "specific",
        /// Those of the association.
        AA_SPECIFIC = 1 => "aa_specific",
        /// Those of a domain.
        DOMAIN = 2 => "domain",
        /// Those of the VMD.
        VMD = 3 => "vmd",
    }
}

crate::codes! {
    /// State of a domain (`DomainState`, clause 11).
    pub struct DomainState(u8) {
        /// It does not exist.
        NON_EXISTENT = 0 => "non_existent",
        /// It is being loaded.
        LOADING = 1 => "loading",
        /// It is loaded.
        READY = 2 => "ready",
        /// A program invocation uses it.
        IN_USE = 3 => "in_use",
        /// All is loaded, and the end is not told yet.
        COMPLETE = 4 => "complete",
        /// The loading was broken off.
        INCOMPLETE = 5 => "incomplete",
        /// D1.
        D1 = 7 => "d1",
        /// D2.
        D2 = 8 => "d2",
        /// D3.
        D3 = 9 => "d3",
        /// D4.
        D4 = 10 => "d4",
        /// D5.
        D5 = 11 => "d5",
        /// D6.
        D6 = 12 => "d6",
        /// D7.
        D7 = 13 => "d7",
        /// D8.
        D8 = 14 => "d8",
        /// D9.
        D9 = 15 => "d9",
    }
}

crate::codes! {
    /// State of a program invocation (`ProgramInvocationState`, clause 12).
    pub struct ProgramInvocationState(u8) {
        /// It does not exist.
        NON_EXISTENT = 0 => "non_existent",
        /// It cannot run any more.
        UNRUNABLE = 1 => "unrunable",
        /// It has not been started.
        IDLE = 2 => "idle",
        /// It runs.
        RUNNING = 3 => "running",
        /// It was stopped.
        STOPPED = 4 => "stopped",
        /// It is being started.
        STARTING = 5 => "starting",
        /// It is being stopped.
        STOPPING = 6 => "stopping",
        /// It is being resumed.
        RESUMING = 7 => "resuming",
        /// It is being reset.
        RESETTING = 8 => "resetting",
    }
}
