//! Reads what may use an EIP: the rules of one family.

use super::Cluster;
use super::gather::absent_is_empty;
use super::rest::Select;
use crate::failure::Result;
use crate::world::nat_users::NatRules;

impl Cluster {
    /// Every rule of OVN's family; a kind that the release does not have holds none.
    pub async fn ovn_rules(&self) -> Result<NatRules> {
        let all = Select::default();
        let (fips, snats, dnats) = tokio::try_join!(
            absent_is_empty(self.list(None, all)),
            absent_is_empty(self.list(None, all)),
            absent_is_empty(self.list(None, all)),
        )?;
        Ok(NatRules { fips, snats, dnats, ..NatRules::default() })
    }

    /// Every rule of the family of `VpcNatGateway`; a kind that the release does not have holds none.
    pub async fn iptables_rules(&self) -> Result<NatRules> {
        let all = Select::default();
        let (fips, snats, dnats) = tokio::try_join!(
            absent_is_empty(self.list(None, all)),
            absent_is_empty(self.list(None, all)),
            absent_is_empty(self.list(None, all)),
        )?;
        Ok(NatRules { iptables_fips: fips, iptables_snats: snats, iptables_dnats: dnats, ..NatRules::default() })
    }
}
