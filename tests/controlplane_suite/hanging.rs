//! A leader that is there and says nothing. It is the last test to run: raft elects anew while a member is stopped, and again when
//! it comes back, and whoever comes after would meet that.

use crate::controlplane_suite::bench::{Outcome, ko, same, script, seconds, until};
use crate::controlplane_suite::raw::{lead_again, switches};

#[test]
#[ignore = "needs the control plane: tests/controlplane/README.md"]
fn a_leader_that_hangs_is_read_elsewhere_and_never_written() -> Outcome {
    lead_again()?;
    script("break nb-0")?;
    let hung = || -> Outcome {
        ko("nbctl --columns=name list logical_switch")
            .exits(0)?
            .prints("ovn-default")?
            .says("does not answer (no answer within 3 s)")?
            .within(seconds(14))?;
        // the label still names the one that hangs; nobody else is written
        ko("nbctl ls-add raw-test")
            .exits(125)?
            .says("does not answer (no answer within 3 s)")?
            .says("is not known")?
            .says("leads it, and gets the label")?
            .within(seconds(20))?;
        // the tool's own patience is left to it
        ko("nbctl --timeout=3 ls-add raw-test").exits(142)?.lacks("answers instead").map(drop)
    };
    let outcome = hung();
    script("mend nb-0")?;
    outcome?;
    until("the databases to answer", seconds(60), || Ok(switches().is_ok()))?;
    same("switches", &switches()?, &0)
}
