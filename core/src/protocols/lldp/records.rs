//! The tables.
use super::codes::{AddressFamily, ChassisIdSubtype, InterfaceNumbering, Organization, PortIdSubtype};
use crate::record::{Mac, Symbol, Text};
use core::net::IpAddr;

crate::record! {
    /// One LLDPDU: what a port says of itself and its system to its neighbour.
    pub struct Lldp<'a> in "lldp" {
        /// How the chassis is named.
        chassis_id_subtype: Option<ChassisIdSubtype>,
        /// The chassis, where it is named by text or by what no standard names.
        chassis_id: Option<Text<'a>>,
        /// The chassis, where it is named by a MAC address.
        chassis_mac: Option<Mac>,
        /// The chassis, where it is named by an IP address.
        chassis_address: Option<IpAddr>,
        /// How the port is named.
        port_id_subtype: Option<PortIdSubtype>,
        /// The port, where it is named by text or by what no standard names.
        port_id: Option<Text<'a>>,
        /// The port, where it is named by a MAC address.
        port_mac: Option<Mac>,
        /// The port, where it is named by an IP address.
        port_address: Option<IpAddr>,
        /// How long the neighbour is to believe it; 0 where the port is being shut down.
        time_to_live: Option<u16> ["s"],
        /// Port description.
        port_description: Option<Text<'a>>,
        /// System name.
        system_name: Option<Text<'a>>,
        /// System description.
        system_description: Option<Text<'a>>,
        /// What the system can do, a bit each: 0 other, 1 repeater, 2 bridge, 3 access point, 4 router, 5 telephone,
        /// 6 cable device, 7 station only, 8 C-VLAN component, 9 S-VLAN component, 10 two-port MAC relay.
        system_capabilities: Option<u16>,
        /// Which of them are enabled.
        enabled_capabilities: Option<u16>,
        /// TLVs, that of the end included.
        tlv_count: u16,
    }
}

crate::record! {
    /// One management address of an LLDPDU.
    pub struct LldpManagementAddresses<'a> in "lldp_management_addresses" {
        /// Family of the address.
        address_family: AddressFamily,
        /// The address, of IP.
        address: Option<IpAddr>,
        /// The address, of IEEE 802.
        mac: Option<Mac>,
        /// The address as sent, of another family.
        other: Option<&'a [u8]>,
        /// What the interface number counts.
        interface_numbering: Option<InterfaceNumbering>,
        /// Number of the interface.
        interface_number: Option<u32>,
        /// Object identifier of the hardware or protocol entity, encoded as in ASN.1; null if it is empty.
        object_identifier: Option<&'a [u8]>,
    }
}

crate::record! {
    /// One TLV that an organisation has defined.
    pub struct LldpOrganizationTlvs<'a> in "lldp_organization_tlvs" {
        /// Whose it is.
        organization: Organization,
        /// The organisation's number of it.
        subtype: u8,
        /// The organisation's name of it, where it is known.
        name: Option<Symbol>,
        /// The number that it holds: a VLAN, the operational MAU type, the largest frame, the status of a port, the device
        /// class, the delay of the cable in nanoseconds.
        number: Option<u32>,
        /// The text that it holds: the name of a VLAN, an alias, an item of the inventory, a URL.
        text: Option<Text<'a>>,
        /// The MAC address that it holds: of the chassis, of the master of the clock.
        mac: Option<Mac>,
        /// What lies behind the subtype, as sent.
        value: &'a [u8],
    }
}
