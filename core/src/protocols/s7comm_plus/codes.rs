//! Codes of S7comm-plus.

crate::codes! {
    /// Version of the PDU: how it is protected, or that it is no message of the application.
    pub struct Version(u8) {
        /// Without integrity part: sets a session up.
        V1 = 0x01 => "v1",
        /// Integrity part at the end, where there is one.
        V2 = 0x02 => "v2",
        /// A digest before the message.
        V3 = 0x03 => "v3",
        /// System event: no opcode.
        SYSTEM_EVENT = 0xfe => "system_event",
        /// Keep-alive: no length.
        KEEP_ALIVE = 0xff => "keep_alive",
    }
}

crate::codes! {
    /// Opcode.
    pub struct Opcode(u8) {
        /// Asks.
        REQUEST = 0x31 => "request",
        /// Answers.
        RESPONSE = 0x32 => "response",
        /// Told without being asked, for a subscription.
        NOTIFICATION = 0x33 => "notification",
        /// Answers, other form.
        RESPONSE_2 = 0x02 => "response_2",
    }
}

crate::codes! {
    /// Function of a request and of its answer.
    pub struct PlusFunction(u16) {
        /// An error.
        ERROR = 0x04b1 => "error" => ERROR,
        /// Browses objects.
        EXPLORE = 0x04bb => "explore" => BROWSE,
        /// Creates an object: a session, a subscription, a block.
        CREATE_OBJECT = 0x04ca => "create_object" => PROGRAM_DOWNLOAD,
        /// Deletes an object.
        DELETE_OBJECT = 0x04d4 => "delete_object" => PROGRAM_DOWNLOAD,
        /// Sets attributes of an object.
        SET_VARIABLE = 0x04f2 => "set_variable" => WRITE,
        /// Reads an attribute of an object.
        GET_VARIABLE = 0x04fc => "get_variable" => READ,
        /// Adds a link between objects.
        ADD_LINK = 0x0506 => "add_link" => CONFIG,
        /// Removes a link.
        REMOVE_LINK = 0x051a => "remove_link" => CONFIG,
        /// Asks for a link.
        GET_LINK = 0x0524 => "get_link" => BROWSE,
        /// Writes several variables.
        SET_MULTI_VARIABLES = 0x0542 => "set_multi_variables" => WRITE,
        /// Reads several variables.
        GET_MULTI_VARIABLES = 0x054c => "get_multi_variables" => READ,
        /// Begins a sequence of changes.
        BEGIN_SEQUENCE = 0x0556 => "begin_sequence" => PROGRAM_DOWNLOAD,
        /// Ends it.
        END_SEQUENCE = 0x0560 => "end_sequence" => PROGRAM_DOWNLOAD,
        /// Calls a method of an object.
        INVOKE = 0x056b => "invoke" => CONFIG,
        /// Writes a large value.
        SET_VARIABLE_SUB_STREAMED = 0x057c => "set_variable_sub_streamed" => WRITE,
        /// Reads a large value.
        GET_VARIABLE_SUB_STREAMED = 0x0586 => "get_variable_sub_streamed" => READ,
        /// Asks for the addresses of variables.
        GET_VARIABLES_ADDRESS = 0x0590 => "get_variables_address" => BROWSE,
        /// Aborts.
        ABORT = 0x059a => "abort" => SESSION,
        /// An error.
        ERROR_2 = 0x05a9 => "error_2" => ERROR,
        /// Begins transport security.
        INIT_SSL = 0x05b3 => "init_ssl" => SESSION,
    }
}

crate::codes! {
    /// Type of a value.
    pub struct Datatype(u8) {
        /// No value.
        NULL = 0x00 => "null",
        /// BOOL.
        BOOL = 0x01 => "bool",
        /// Unsigned, one octet.
        USINT = 0x02 => "usint",
        /// Unsigned, two octets.
        UINT = 0x03 => "uint",
        /// Unsigned, up to 32 bits.
        UDINT = 0x04 => "udint",
        /// Unsigned, up to 64 bits.
        ULINT = 0x05 => "ulint",
        /// Signed, one octet.
        SINT = 0x06 => "sint",
        /// Signed, two octets.
        INT = 0x07 => "int",
        /// Signed, up to 32 bits.
        DINT = 0x08 => "dint",
        /// Signed, up to 64 bits.
        LINT = 0x09 => "lint",
        /// One octet.
        BYTE = 0x0a => "byte",
        /// Two octets.
        WORD = 0x0b => "word",
        /// Four octets.
        DWORD = 0x0c => "dword",
        /// Eight octets.
        LWORD = 0x0d => "lword",
        /// Single precision.
        REAL = 0x0e => "real",
        /// Double precision.
        LREAL = 0x0f => "lreal",
        /// Nanoseconds since 1970.
        TIMESTAMP = 0x10 => "timestamp",
        /// Nanoseconds.
        TIMESPAN = 0x11 => "timespan",
        /// Relation identifier.
        RID = 0x12 => "rid",
        /// Attribute identifier.
        AID = 0x13 => "aid",
        /// Octets.
        BLOB = 0x14 => "blob",
        /// Text.
        WSTRING = 0x15 => "wstring",
        /// A value of a type that is told.
        VARIANT = 0x16 => "variant",
        /// A structure: members follow.
        STRUCT = 0x17 => "struct",
        /// Text of the PLC.
        S7_STRING = 0x19 => "s7_string",
    }
}
