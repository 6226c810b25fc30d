//! Codes of IEEE Std 802.1AB-2016: TLVs (table 8-1), chassis IDs (table 8-2), port IDs (table 8-3), interface numbering
//! (8.5.9.5), and the organisations whose TLVs are read.

crate::codes! {
    /// How a chassis is named (IEEE Std 802.1AB-2016, table 8-2).
    pub struct ChassisIdSubtype(u8) {
        /// entPhysicalAlias of a chassis.
        CHASSIS_COMPONENT = 1 => "chassis_component",
        /// ifAlias.
        INTERFACE_ALIAS = 2 => "interface_alias",
        /// entPhysicalAlias of a port or backplane.
        PORT_COMPONENT = 3 => "port_component",
        /// MAC address.
        MAC_ADDRESS = 4 => "mac_address",
        /// Network address.
        NETWORK_ADDRESS = 5 => "network_address",
        /// ifName.
        INTERFACE_NAME = 6 => "interface_name",
        /// Assigned where it stands; PROFINET sends the name of the station or what names the device.
        LOCALLY_ASSIGNED = 7 => "locally_assigned",
    }
}

crate::codes! {
    /// How a port is named (IEEE Std 802.1AB-2016, table 8-3).
    pub struct PortIdSubtype(u8) {
        /// ifAlias.
        INTERFACE_ALIAS = 1 => "interface_alias",
        /// entPhysicalAlias of a port or backplane.
        PORT_COMPONENT = 2 => "port_component",
        /// MAC address.
        MAC_ADDRESS = 3 => "mac_address",
        /// Network address.
        NETWORK_ADDRESS = 4 => "network_address",
        /// ifName.
        INTERFACE_NAME = 5 => "interface_name",
        /// Agent circuit ID (RFC 3046).
        AGENT_CIRCUIT_ID = 6 => "agent_circuit_id",
        /// Assigned where it stands; PROFINET sends `port-001` and, from version 2.3, the name of the station behind it.
        LOCALLY_ASSIGNED = 7 => "locally_assigned",
    }
}

crate::codes! {
    /// What the interface number of a management address counts (IEEE Std 802.1AB-2016, 8.5.9.5).
    pub struct InterfaceNumbering(u8) {
        /// Not known.
        UNKNOWN = 1 => "unknown",
        /// ifIndex.
        IF_INDEX = 2 => "if_index",
        /// System port number.
        SYSTEM_PORT_NUMBER = 3 => "system_port_number",
    }
}

crate::codes! {
    /// Family of a network address (IANA address family numbers).
    pub struct AddressFamily(u8) {
        /// IP version 4.
        IPV4 = 1 => "ipv4",
        /// IP version 6.
        IPV6 = 2 => "ipv6",
        /// IEEE 802 MAC address.
        IEEE_802 = 6 => "ieee_802",
        /// Domain name.
        DNS = 16 => "dns",
    }
}

crate::codes! {
    /// Whose TLV it is: an organisationally unique identifier.
    pub struct Organization(u32) {
        /// IANA (RFC 8520: MUD URL).
        IANA = 0x00_005e => "iana",
        /// IEEE 802.1 (IEEE Std 802.1Q, annex D).
        IEEE_802_1 = 0x00_80c2 => "ieee_802_1",
        /// PROFIBUS and PROFINET International (IEC 61158-6-10).
        PROFINET = 0x00_0ecf => "profinet",
        /// IEEE 802.3 (IEEE Std 802.3, clause 79).
        IEEE_802_3 = 0x00_120f => "ieee_802_3",
        /// TIA (ANSI/TIA-1057, LLDP for media endpoint devices).
        TIA = 0x00_12bb => "tia",
    }
}

/// The name of a TLV of a known organisation.
pub(super) const fn tlv_name(organization: Organization, subtype: u8) -> Option<&'static str> {
    Some(match (organization, subtype) {
        (Organization::IANA, 1) => "mud_url",
        (Organization::IEEE_802_1, 1) => "port_vlan_id",
        (Organization::IEEE_802_1, 2) => "port_and_protocol_vlan_id",
        (Organization::IEEE_802_1, 3) => "vlan_name",
        (Organization::IEEE_802_1, 4) => "protocol_identity",
        (Organization::IEEE_802_1, 5) => "vid_usage_digest",
        (Organization::IEEE_802_1, 6) => "management_vid",
        (Organization::IEEE_802_1, 7) => "link_aggregation",
        (Organization::IEEE_802_1, 8) => "congestion_notification",
        (Organization::IEEE_802_1, 9) => "ets_configuration",
        (Organization::IEEE_802_1, 10) => "ets_recommendation",
        (Organization::IEEE_802_1, 11) => "priority_based_flow_control",
        (Organization::IEEE_802_1, 12) => "application_priority",
        (Organization::IEEE_802_3, 1) => "mac_phy_configuration",
        (Organization::IEEE_802_3, 2) => "power_via_mdi",
        (Organization::IEEE_802_3, 3) => "link_aggregation",
        (Organization::IEEE_802_3, 4) => "maximum_frame_size",
        (Organization::IEEE_802_3, 5) => "energy_efficient_ethernet",
        (Organization::PROFINET, 1) => "measured_delay_values",
        (Organization::PROFINET, 2) => "port_status",
        (Organization::PROFINET, 3) => "alias",
        (Organization::PROFINET, 4) => "mrp_port_status",
        (Organization::PROFINET, 5) => "chassis_mac",
        (Organization::PROFINET, 6) => "ptcp_status",
        (Organization::PROFINET, 7) => "mau_type_extension",
        (Organization::PROFINET, 8) => "mrp_interconnection_port_status",
        (Organization::TIA, 1) => "capabilities",
        (Organization::TIA, 2) => "network_policy",
        (Organization::TIA, 3) => "location_identification",
        (Organization::TIA, 4) => "extended_power_via_mdi",
        (Organization::TIA, 5) => "hardware_revision",
        (Organization::TIA, 6) => "firmware_revision",
        (Organization::TIA, 7) => "software_revision",
        (Organization::TIA, 8) => "serial_number",
        (Organization::TIA, 9) => "manufacturer_name",
        (Organization::TIA, 10) => "model_name",
        (Organization::TIA, 11) => "asset_id",
        _ => return None,
    })
}
