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

crate::codes! {
    /// Type of a variable, as the software of the PLC knows it.
    pub struct SoftwareType(u16) {
        /// Nothing.
        VOID = 0 => "void",
        /// A bit.
        BOOL = 1 => "bool",
        /// Eight bits.
        BYTE = 2 => "byte",
        /// A character.
        CHAR = 3 => "char",
        /// Sixteen bits.
        WORD = 4 => "word",
        /// Signed, 16 bits.
        INT = 5 => "int",
        /// Thirty-two bits.
        DWORD = 6 => "dword",
        /// Signed, 32 bits.
        DINT = 7 => "dint",
        /// Single precision.
        REAL = 8 => "real",
        /// A date.
        DATE = 9 => "date",
        /// Time of day.
        TIME_OF_DAY = 10 => "time_of_day",
        /// A span of time.
        TIME = 11 => "time",
        /// A span of time as S5 has it.
        S5TIME = 12 => "s5time",
        /// A count as S5 has it.
        S5COUNT = 13 => "s5count",
        /// Date and time.
        DATE_AND_TIME = 14 => "date_and_time",
        /// Time of the internet.
        INTERNET_TIME = 15 => "internet_time",
        /// An array.
        ARRAY = 16 => "array",
        /// A structure.
        STRUCT = 17 => "struct",
        /// End of a structure.
        END_STRUCT = 18 => "end_struct",
        /// Text.
        STRING = 19 => "string",
        /// A pointer.
        POINTER = 20 => "pointer",
        /// An instance within an instance.
        MULTI_FB = 21 => "multi_fb",
        /// A pointer to anything.
        ANY = 22 => "any",
        /// A function block.
        BLOCK_FB = 23 => "block_fb",
        /// A function.
        BLOCK_FC = 24 => "block_fc",
        /// A data block.
        BLOCK_DB = 25 => "block_db",
        /// A system data block.
        BLOCK_SDB = 26 => "block_sdb",
        /// A system's instance within an instance.
        MULTI_SFB = 27 => "multi_sfb",
        /// A counter.
        COUNTER = 28 => "counter",
        /// A timer.
        TIMER = 29 => "timer",
        /// A counter after IEC 61131-3.
        IEC_COUNTER = 30 => "iec_counter",
        /// A timer after IEC 61131-3.
        IEC_TIMER = 31 => "iec_timer",
        /// A system function block.
        BLOCK_SFB = 32 => "block_sfb",
        /// A system function.
        BLOCK_SFC = 33 => "block_sfc",
        /// A block of code.
        BLOCK_CB = 34 => "block_cb",
        /// A system's block of code.
        BLOCK_SCB = 35 => "block_scb",
        /// An organisation block.
        BLOCK_OB = 36 => "block_ob",
        /// A type of the user.
        BLOCK_UDT = 37 => "block_udt",
        /// An offset.
        OFFSET = 38 => "offset",
        /// A system's type.
        BLOCK_SDT = 39 => "block_sdt",
        /// A bit in an octet of its own.
        BBOOL = 40 => "bbool",
        /// An external block.
        BLOCK_EXT = 41 => "block_ext",
        /// Double precision.
        LREAL = 48 => "lreal",
        /// Unsigned, 64 bits.
        ULINT = 49 => "ulint",
        /// Signed, 64 bits.
        LINT = 50 => "lint",
        /// Sixty-four bits.
        LWORD = 51 => "lword",
        /// Unsigned, 8 bits.
        USINT = 52 => "usint",
        /// Unsigned, 16 bits.
        UINT = 53 => "uint",
        /// Unsigned, 32 bits.
        UDINT = 54 => "udint",
        /// Signed, 8 bits.
        SINT = 55 => "sint",
        /// Two decimal digits.
        BCD8 = 56 => "bcd8",
        /// Four decimal digits.
        BCD16 = 57 => "bcd16",
        /// Eight decimal digits.
        BCD32 = 58 => "bcd32",
        /// Sixteen decimal digits.
        BCD64 = 59 => "bcd64",
        /// A reference to an array.
        AREF = 60 => "aref",
        /// A wide character.
        WCHAR = 61 => "wchar",
        /// Wide text.
        WSTRING = 62 => "wstring",
        /// A reference to anything.
        VARIANT = 63 => "variant",
        /// A span of time in nanoseconds.
        LTIME = 64 => "ltime",
        /// Time of day in nanoseconds.
        LTOD = 65 => "ltod",
        /// Date and time in nanoseconds.
        LDT = 66 => "ldt",
        /// Date and time in parts.
        DTL = 67 => "dtl",
        /// A timer of 64 bits.
        IEC_LTIMER = 68 => "iec_ltimer",
        /// A counter of 8 bits.
        IEC_SCOUNTER = 69 => "iec_scounter",
        /// A counter of 32 bits.
        IEC_DCOUNTER = 70 => "iec_dcounter",
        /// A counter of 64 bits.
        IEC_LCOUNTER = 71 => "iec_lcounter",
        /// An unsigned counter.
        IEC_UCOUNTER = 72 => "iec_ucounter",
        /// An unsigned counter of 8 bits.
        IEC_USCOUNTER = 73 => "iec_uscounter",
        /// An unsigned counter of 32 bits.
        IEC_UDCOUNTER = 74 => "iec_udcounter",
        /// An unsigned counter of 64 bits.
        IEC_ULCOUNTER = 75 => "iec_ulcounter",
        /// A remote reference.
        REMOTE = 96 => "remote",
        /// What tells of an error.
        ERROR_STRUCT = 97 => "error_struct",
        /// A named reference.
        NREF = 98 => "nref",
        /// A reference to a variable.
        VREF = 99 => "vref",
        /// A reference to a type of function block.
        FBTREF = 100 => "fbtref",
        /// A reference to code.
        CREF = 101 => "cref",
        /// A reference to an array of variables.
        VAREF = 102 => "varef",
        /// An object.
        AOM_IDENT = 128 => "aom_ident",
        /// An event.
        EVENT_ANY = 129 => "event_any",
        /// An event of an attachment.
        EVENT_ATT = 130 => "event_att",
        /// An interrupt of the hardware.
        EVENT_HWINT = 131 => "event_hwint",
        /// A folder.
        FOLDER = 132 => "folder",
        /// An attribute of an object.
        AOM_AID = 133 => "aom_aid",
        /// A link of an object.
        AOM_LINK = 134 => "aom_link",
        /// Any hardware.
        HW_ANY = 144 => "hw_any",
        /// A system of inputs and outputs.
        HW_IOSYSTEM = 145 => "hw_iosystem",
        /// A master of PROFIBUS DP.
        HW_DPMASTER = 146 => "hw_dpmaster",
        /// A device.
        HW_DEVICE = 147 => "hw_device",
        /// A slave of PROFIBUS DP.
        HW_DPSLAVE = 148 => "hw_dpslave",
        /// Inputs and outputs.
        HW_IO = 149 => "hw_io",
        /// A module.
        HW_MODULE = 150 => "hw_module",
        /// A submodule.
        HW_SUBMODULE = 151 => "hw_submodule",
        /// A fast counter.
        HW_HSC = 152 => "hw_hsc",
        /// Pulse width.
        HW_PWM = 153 => "hw_pwm",
        /// A train of pulses.
        HW_PTO = 154 => "hw_pto",
        /// An interface.
        HW_INTERFACE = 155 => "hw_interface",
        /// A port of Ethernet.
        HW_IEPORT = 156 => "hw_ieport",
        /// Any organisation block.
        OB_ANY = 160 => "ob_any",
        /// One that runs after a delay.
        OB_DELAY = 161 => "ob_delay",
        /// One that runs at a time of day.
        OB_TOD = 162 => "ob_tod",
        /// One that runs cyclically.
        OB_CYCLIC = 163 => "ob_cyclic",
        /// One that can be attached.
        OB_ATT = 164 => "ob_att",
        /// Any connection.
        CONN_ANY = 168 => "conn_any",
        /// A connection that the program opens.
        CONN_PRG = 169 => "conn_prg",
        /// A connection of open communication.
        CONN_OUC = 170 => "conn_ouc",
        /// A connection by its identifier.
        CONN_R_ID = 171 => "conn_r_id",
        /// Number of hardware.
        HW_NR = 172 => "hw_nr",
        /// A port.
        PORT = 173 => "port",
        /// A meter of running time.
        RTM = 174 => "rtm",
        /// A part of the process image.
        PIP = 175 => "pip",
        /// An alarm.
        C_ALARM = 176 => "c_alarm",
        /// A simple alarm.
        C_ALARM_S = 177 => "c_alarm_s",
        /// An alarm of eight signals.
        C_ALARM_8 = 178 => "c_alarm_8",
        /// An alarm of eight signals with values.
        C_ALARM_8P = 179 => "c_alarm_8p",
        /// An alarm with text.
        C_ALARM_T = 180 => "c_alarm_t",
        /// What is sent to an archive.
        C_AR_SEND = 181 => "c_ar_send",
        /// A notification.
        C_NOTIFY = 182 => "c_notify",
        /// A notification of eight signals with values.
        C_NOTIFY_8P = 183 => "c_notify_8p",
        /// The cycle of the program.
        OB_PCYCLE = 192 => "ob_pcycle",
        /// One that the hardware interrupts for.
        OB_HWINT = 193 => "ob_hwint",
        /// One of communication.
        OB_COMM = 194 => "ob_comm",
        /// One of diagnosis.
        OB_DIAG = 195 => "ob_diag",
        /// One of errors of time.
        OB_TIMEERROR = 196 => "ob_timeerror",
        /// One of the start.
        OB_STARTUP = 197 => "ob_startup",
        /// Encoding mask of a text of OPC UA.
        OPCUA_LOCALIZED_TEXT_ENCODING_MASK = 200 => "opcua_localized_text_encoding_mask",
        /// Length of a string of OPC UA.
        OPCUA_STRING_ACTUAL_LENGTH = 201 => "opcua_string_actual_length",
        /// Any data block.
        DB_ANY = 208 => "db_any",
        /// A data block of web pages.
        DB_WWW = 209 => "db_www",
        /// A data block that is made while the program runs.
        DB_DYN = 210 => "db_dyn",
        /// A parameter.
        PARA = 253 => "para",
        /// A label.
        LABEL = 254 => "label",
        /// Not defined.
        UNDEFINED = 255 => "undefined",
        /// Not chosen.
        NOT_CHOSEN = 256 => "not_chosen",
    }
}

crate::codes! {
    /// Part of a block's interface.
    pub struct Section(u8) {
        /// None.
        UNDEFINED = 0 => "undefined",
        /// What it is given.
        INPUT = 1 => "input",
        /// What it gives.
        OUTPUT = 2 => "output",
        /// Both.
        IN_OUT = 3 => "in_out",
        /// What it keeps.
        STATIC = 4 => "static",
        /// What it needs while it runs.
        DYNAMIC = 5 => "dynamic",
        /// What it returns.
        RETURN_VALUE = 6 => "return_value",
        /// An operand.
        OPERAND = 7 => "operand",
    }
}
