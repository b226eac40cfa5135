//! `kubectl ko subnet map`

use serde_json::{Value, json};

use super::super::{Context, listing, print};
use super::{map_svg, map_text};
use crate::api::{Resource as _, Subnet};
use crate::completion;
use crate::failure::{Exit, Failure, Result};
use crate::net::AddressRange;
use crate::output::Format;
use crate::world::occupancy::{Occupancy, Use};
use crate::world::{Lack, Need, Wanted, World};

/// Show a Subnet as a map: a cell for each address, with who has it
///
/// Long runs of one use are folded. A Subnet with too many lines gets cells of 2, 4, 8… addresses.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  kubectl ko subnet map vpc1-subnet1
  kubectl ko subnet map vpc1-subnet1 -o svg > vpc1-subnet1.svg")]
pub(super) struct MapArgs {
    /// Name of the Subnet
    #[arg(add = completion::names_of("subnets"))]
    name: String,
    /// Output format: svg, or json or yaml (the ranges and their owners)
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
    /// Columns to draw in (default: the terminal's, or 80)
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
}

/// What is read for it.
const NEEDS: [Need; 7] =
    [Need::Subnets, Need::Ips, Need::Vips, Need::Eips, Need::IptablesEips, Need::Pools, Need::Ports];

pub(super) async fn run(context: &Context<'_>, args: &MapArgs) -> Result<Exit> {
    let svg = args.output.as_deref() == Some("svg");
    let format = if svg { Format::Table } else { print::parse_format(args.output.as_deref())? };
    let cluster = context.cluster().await?;
    let wanted = Wanted { needs: NEEDS.into(), subnets: [args.name.clone()].into(), ..Wanted::default() };
    let world = Box::pin(cluster.gather(&wanted)).await?;
    let Some(subnet) = world.subnet(&args.name) else {
        return Err(match world.unknown(Need::Subnets) {
            Some(lack) => Failure::cluster(lack.why.clone()),
            None => listing::missing("subnet", Subnet::KIND, &args.name),
        });
    };
    let occupancy = world.occupancy(subnet);
    let lacks = lacks(&world);
    match format {
        _ if svg => context.ui.data(map_svg::draw(subnet, &occupancy).as_bytes())?,
        Format::Name => print::object(
            context,
            format,
            &json!({"kind": "Subnet", "apiVersion": Subnet::KIND.api_version(), "metadata": {"name": args.name}}),
        )?,
        Format::Json | Format::Yaml => print::object(context, format, &report(subnet, &occupancy, &lacks))?,
        Format::Table | Format::Wide => {
            let width = args.width.unwrap_or_else(|| context.ui.width());
            context.ui.picture(&map_text::draw(subnet, &occupancy, width))?;
        }
    }
    for lack in &lacks {
        context.ui.warning(&format!("not looked at, so that what is free may be held: {}", lack.why));
    }
    Ok(if lacks.is_empty() { Exit::Success } else { Exit::Partial })
}

/// What could not be read, each reason once.
fn lacks(world: &World) -> Vec<Lack> {
    let mut lacks: Vec<Lack> = NEEDS.iter().filter_map(|need| world.unknown(*need)).cloned().collect();
    lacks.dedup();
    lacks
}

fn report(subnet: &Subnet, occupancy: &Occupancy, lacks: &[Lack]) -> Value {
    let runs = occupancy.runs();
    let range = |(range, what): &(AddressRange, Use)| {
        let mut one = json!({"first": range.first().to_string(), "last": range.last().to_string(), "use": what.key()});
        if let Some(owners) = occupancy.held.get(&range.first()) {
            one["owners"] = owners.iter().map(ToString::to_string).collect();
        }
        one
    };
    let block = |block: &AddressRange| {
        let counts = occupancy.counts(block.family());
        // a count of IPv6 may be larger than a number of JSON
        let counts: serde_json::Map<String, Value> =
            counts.iter().map(|(what, count)| (what.key().to_owned(), count.to_string().into())).collect();
        let ranges: Value = runs.iter().filter(|(run, _)| block.contains(&run.first())).map(range).collect();
        json!({"first": block.first().to_string(), "last": block.last().to_string(), "counts": counts, "ranges": ranges})
    };
    let mut report = json!({
        "apiVersion": "ko.kubeovn.io/v1alpha1",
        "kind": "SubnetMap",
        "metadata": {"name": subnet.name()},
        "blocks": occupancy.blocks.iter().map(block).collect::<Value>(),
    });
    let outside: Vec<_> = occupancy.outside().collect();
    if !outside.is_empty() {
        let one = |(address, owners): &(&std::net::IpAddr, &Vec<crate::world::owner::Owner>)| json!({"address": address.to_string(), "owners": owners.iter().map(ToString::to_string).collect::<Value>()});
        report["outside"] = outside.iter().map(one).collect();
    }
    if !lacks.is_empty() {
        report["unknown"] = lacks.iter().map(|lack| lack.why.as_str()).collect();
    }
    report
}
