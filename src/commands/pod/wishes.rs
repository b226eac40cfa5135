//! What `pod annotate` is asked for: flags that belong to the `--nad` before them, those before the first to the pod's own
//! interface. The order of flags is what clap's derive does not see.

use clap::{Arg, ArgMatches, Command, Error, FromArgMatches};

use crate::completion;

/// What is asked for one interface; `None` leaves it as it is, an empty text takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wish {
    /// `[NAMESPACE/]NAME[@INTERFACE]`; `None` for the pod's own interface.
    pub(super) nad: Option<String>,
    /// `logical_switch`
    pub(super) subnet: Option<String>,
    /// `ip_address`
    pub(super) ip: Option<String>,
    /// `mac_address`
    pub(super) mac: Option<String>,
    /// `ip_pool`
    pub(super) pool: Option<String>,
}

/// The interfaces in the order of the flags; the pod's own comes first, asked for or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wishes(pub(super) Vec<Wish>);

const FLAGS: [(&str, &str, &str); 5] = [
    (
        "nad",
        "[NAMESPACE/]NAME[@INTERFACE]",
        "Give it an interface in this network; what stands behind it is for that interface (can be repeated)",
    ),
    ("subnet", "SUBNET", "Subnet that the address is from"),
    ("ip", "ADDRESS[,ADDRESS]", "Address to ask for, one a family"),
    ("mac", "MAC", "MAC to ask for"),
    ("pool", "POOL|ADDRESS,…", "IPPool, or addresses of which each pod gets one"),
];

impl FromArgMatches for Wishes {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut all: Vec<(usize, &str, &String)> = FLAGS
            .iter()
            .filter_map(|(flag, ..)| {
                let values = matches.get_many::<String>(flag)?;
                Some(matches.indices_of(flag)?.zip(values).map(|(index, value)| (index, *flag, value)))
            })
            .flatten()
            .collect();
        all.sort_unstable();
        let mut wishes = vec![Wish::default()];
        for (_, flag, value) in all {
            if flag == "nad" {
                wishes.push(Wish { nad: Some(value.clone()), ..Wish::default() });
                continue;
            }
            let Some(last) = wishes.last_mut() else { continue };
            let slot = match flag {
                "subnet" => &mut last.subnet,
                "ip" => &mut last.ip,
                "mac" => &mut last.mac,
                _ => &mut last.pool,
            };
            if let Some(before) = slot.replace(value.clone()) {
                let of = last.nad.as_deref().unwrap_or("the pod's own interface");
                let message = format!(
                    "--{flag} stands twice for {of}, with {before} and {value}: name the network of the second with --nad before it\n"
                );
                return Err(Error::raw(clap::error::ErrorKind::ValueValidation, message));
            }
        }
        Ok(Self(wishes))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for Wishes {
    fn augment_args(command: Command) -> Command {
        FLAGS.iter().fold(command, |command, (flag, value, help)| {
            let arg =
                Arg::new(*flag).long(*flag).value_name(*value).help(*help).action(clap::ArgAction::Append).num_args(1);
            command.arg(match *flag {
                "nad" => arg.add(completion::names_of("network-attachment-definitions")),
                "subnet" => arg.add(completion::names_of("subnets")),
                "pool" => arg.add(completion::names_of("ippools")),
                _ => arg,
            })
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

#[cfg(test)]
mod tests {
    use clap::Args as _;

    use super::*;

    #[test]
    fn a_flag_is_for_the_network_before_it() {
        let read = |line: &str| {
            let command = Wishes::augment_args(Command::new("x"));
            let matches = command.try_get_matches_from(line.split(' '));
            matches.and_then(|matches| Wishes::from_arg_matches(&matches)).map(|wishes| wishes.0)
        };
        let text = |text: &str| Some(text.to_owned());
        let found = read("x --ip 1 --nad a --ip 2 --mac m --nad b@e5 --subnet s").unwrap_or_default();
        assert_eq!(found[0], Wish { ip: text("1"), ..Wish::default() });
        assert_eq!(found[1], Wish { nad: text("a"), ip: text("2"), mac: text("m"), ..Wish::default() });
        assert_eq!(found[2], Wish { nad: text("b@e5"), subnet: text("s"), ..Wish::default() });
        assert!(read("x --nad a --ip 1 --ip 2").is_err());
    }
}
