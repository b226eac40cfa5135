# OVN's own tools (docs/ovn-tools.md)
$ nbctl ls-list
<uuid 1> (attach-net)
<uuid 2> (external204)
<uuid 3> (join)
<uuid 4> (ovn-default)
<uuid 5> (vpc1-subnet1)
$ nbctl lr-list
<uuid 6> (ovn-cluster)
<uuid 7> (vpc1)
$ nbctl lr-route-list vpc1
IPv4 Routes
Route Table <main>:
            172.18.0.0/24 172.18.0.1 src-ip
           192.168.0.0/24 192.168.0.1 src-ip
                0.0.0.0/0 10.5.204.254 dst-ip
$ nbctl lr-nat-list vpc1
$ nbctl get Logical_Router_Port vpc1-external204 networks
["10.5.204.101/24"]
$ nbctl --bare --columns=name find Logical_Router_Port name=vpc1-external204
vpc1-external204
$ nbctl --format=csv --columns=name,networks find Logical_Router_Port name=vpc1-vpc1-subnet1
name,networks
vpc1-vpc1-subnet1,"[""192.168.0.1/24""]"
$ sbctl --columns=hostname,name find Chassis hostname=node-a
hostname : node-a
name : "0000000a-0000-4000-8000-00000000000a"
$ sbctl --columns=logical_port,type find Port_Binding logical_port=cr-vpc1-external204
logical_port : cr-vpc1-external204
type : chassisredirect
