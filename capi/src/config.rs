//! Settings.
use crate::{
    handle::{Handle, Holds, guarded, hand_over, take_back},
    status::{FIELDTAP_ERROR_NAME, FIELDTAP_ERROR_VALUE, FIELDTAP_OK, Problem, Status, given, status, text},
    tables,
};
use core::ffi::c_char;
use fieldtap::{Checksums, OverlapPolicy, record};

/// Settings of engines and sessions.
pub struct Config(pub(crate) Handle<Settings>);

impl Holds for Config {
    fn is_inside(&self) -> bool {
        self.0.is_inside()
    }
}

/// What is set.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(crate) config: fieldtap::Config,
    /// The tables that are wanted; all, where none was named.
    pub(crate) tables: Option<Vec<&'static record::Table>>,
}

/// Makes settings: all protocols, all tables, the default limits.
///
/// # Safety
///
/// `config` is null, or points to room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_config_new(config: *mut *mut Config) -> Status {
    // SAFETY: Promised by the caller.
    guarded(|| unsafe { hand_over(config, Config(Handle::new(Settings::default()))) })
}

/// Frees settings and sets the pointer to null. Engines and sessions that were made with them stay as they are.
///
/// # Safety
///
/// `config` is null, or points to a pointer that is null or came from `fieldtap_config_new`, and that nobody uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_config_free(config: *mut *mut Config) {
    // SAFETY: Promised by the caller.
    unsafe { take_back(config) }
}

/// The settings that a pointer stands for; the defaults if it is null.
///
/// # Safety
///
/// `config` is null or came from `fieldtap_config_new`.
pub(crate) unsafe fn settings(config: *const Config) -> Result<Settings, Problem> {
    // SAFETY: Promised by the caller.
    let Some(config) = (unsafe { config.as_ref() }) else { return Ok(Settings::default()) };
    let mut found = Settings::default();
    config.0.enter(|settings| {
        found = settings.clone();
        Ok(FIELDTAP_OK)
    })?;
    Ok(found)
}

/// Sets one setting:
///
/// - `every_message`: `true` says every value and fact, `false` (default) only new and changed ones;
/// - `checksums`: `auto` (default), `check`, `ignore`;
/// - `vlan_in_key`: `true` if the same addresses and ports in two VLANs are two conversations, `false` (default);
/// - `overlap`: `first` (default), `last`, `bsd`, `linux`, `windows` or `solaris`: which copy is used where octets of a
///   stream differ;
/// - or a limit by its name, as the documentation lists them, with a number.
///
/// # Safety
///
/// `config` is null or came from `fieldtap_config_new`; `name` and `value` are null or end with a null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_config_set(
    config: *mut Config,
    name: *const c_char,
    value: *const c_char,
) -> Status {
    // SAFETY: Promised by the caller.
    let asked = unsafe {
        given(config, "config").and_then(|config| Ok((config, text(name, "name")?, text(value, "value")?)))
    };
    status(
        asked.and_then(|(config, name, value)| {
            config.0.enter(|settings| set(&mut settings.config, name, value))
        }),
    )
}

fn set(config: &mut fieldtap::Config, name: &str, value: &str) -> Result<Status, Problem> {
    let expected =
        |what: &str| Problem(FIELDTAP_ERROR_VALUE, format!("{name} = {value:?}: {what} is expected"));
    let truth = || value.parse::<bool>().map_err(|_| expected("true or false"));
    match name {
        "every_message" => config.every_message = truth()?,
        "vlan_in_key" => config.vlan_in_key = truth()?,
        "checksums" => {
            config.checksums = match value {
                "auto" => Checksums::Auto,
                "check" => Checksums::Check,
                "ignore" => Checksums::Ignore,
                _ => return Err(expected("auto, check or ignore")),
            }
        }
        "overlap" => {
            config.limits.overlap = OverlapPolicy::named(value)
                .ok_or_else(|| expected("first, last, bsd, linux, windows or solaris"))?;
        }
        _ if config.limits.numbers().any(|(limit, _)| limit == name) => {
            let number = value.parse().map_err(|_| expected("a number"))?;
            if !config.limits.set_number(name, number) {
                return Err(expected("a smaller number"));
            }
        }
        _ => return Err(Problem(FIELDTAP_ERROR_NAME, format!("no setting is named {name:?}"))),
    }
    Ok(FIELDTAP_OK)
}

/// Wants this protocol, and those that carry it. Without any such call, all are looked for.
///
/// # Safety
///
/// As `fieldtap_config_set`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_config_add_protocol(config: *mut Config, name: *const c_char) -> Status {
    // SAFETY: Promised by the caller.
    let asked = unsafe { given(config, "config").and_then(|config| Ok((config, text(name, "name")?))) };
    status(asked.and_then(|(config, name)| {
        let protocol = tables::protocol(name)?;
        config.0.enter(|settings| {
            settings.config.protocols.get_or_insert_default().push(protocol);
            Ok(FIELDTAP_OK)
        })
    }))
}

/// Wants rows of this table; `messages` stands for all tables of protocols, `common` for those of the common language.
/// Without any such call, all are wanted. What is not wanted is not built.
///
/// # Safety
///
/// As `fieldtap_config_set`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fieldtap_config_add_table(config: *mut Config, name: *const c_char) -> Status {
    // SAFETY: Promised by the caller.
    let asked = unsafe { given(config, "config").and_then(|config| Ok((config, text(name, "name")?))) };
    status(asked.and_then(|(config, name)| {
        let named = tables::group(name)?;
        config.0.enter(|settings| {
            settings.tables.get_or_insert_default().extend(named);
            Ok(FIELDTAP_OK)
        })
    }))
}
