# What cannot work is refused before anything is written (README.md, docs/checks)
$ vip create web --subnet vpc1-subnet1 --ip 192.168.0.1
2> error: vip/web was refused, nothing was written
2>   KO105 error: v4ip 192.168.0.1 is the gateway of subnet vpc1-subnet1; the controller would give it out all the same, and the subnet would lose its gateway
2> hint: choose another address, or leave it out and get a free one
[exit 6]
$ vip create web --subnet vpc1-subnet --dry-run
2> error: vip/web was refused, nothing was written
2>   KO115 error: there is no subnet "vpc1-subnet"
2> hint: did you mean vpc1-subnet1?
[exit 6]
$ vip create web --subnet vpc1-subnet1 --ip 192.168.0.60/24
2> error: vip/web was refused, nothing was written
2>   KO101 error: v4ip "<address 1>/24" has a mask: write "<address 1>"; the controller would give another one without a word
2> hint: write one address without mask, such as <address 1> or fd00::60
[exit 6]
$ vip create web --subnet vpc1-subnet1 --ip 192.168.0.2
2> error: vip/web was refused, nothing was written
2>   KO106 error: v4ip 192.168.0.2 is held by ip/web-1.vpc1 in subnet vpc1-subnet1
2> hint: leave the address out and get a free one, or choose another
[exit 6]
$ vip create web --subnet vpc1-subnet1 --ip 10.5.204.7
2> error: vip/web was refused, nothing was written
2>   KO103 error: v4ip 10.5.204.7 is outside subnet vpc1-subnet1 (192.168.0.0/24)
2> hint: choose one inside 192.168.0.0/24, or leave it out and get a free one
[exit 6]
$ vip create web --subnet vpc1-subnet1 --ip fd00::7
2> error: vip/web was refused, nothing was written
2>   KO102 error: v6ip fd00::7 is IPv6, subnet vpc1-subnet1 is IPv4 only (192.168.0.0/24)
2> hint: kubectl get subnets shows which protocol each has
[exit 6]
$ vip create web --subnet vpc1-subnet1 -n nowhere
2> error: vip/web was refused, nothing was written
2>   KO208 error: there is no namespace "nowhere"
2> hint: kubectl get namespaces
[exit 6]
$ vip create web.vpc1 --subnet vpc1-subnet1
2> error: vip/web.vpc1 was refused, nothing was written
2>   KO201 error: the name web.vpc1 has a dot, as logical ports of pods have: a Vip with the name of such a port crashes the controller, or takes the pod's network away when it is deleted
2> hint: use lower-case letters, digits and `-`
[exit 6]
$ vip create web --subnet vpc1-subnet1 --dry-run=server
vip.kubeovn.io/web created (server dry run)
$ vip create web --subnet vpc1-subnet1 --dry-run=client -o yaml
apiVersion: kubeovn.io/v1
kind: Vip
metadata:
  name: web
spec:
  subnet: vpc1-subnet1
$ vip show web
2> Error from server (NotFound): vips.kubeovn.io "web" not found
2> hint: kubectl ko vip list
[exit 1]
$ vip delete web
2> Error from server (NotFound): vips.kubeovn.io "web" not found
2> hint: kubectl ko vip list
2> hint: nothing was deleted; --ignore-not-found passes over what is not there
[exit 1]
$ vip delete web --ignore-not-found
$ vip attach web web-1 -n vpc1
2> Error from server (NotFound): vips.kubeovn.io "web" not found
2> hint: kubectl ko vip list
[exit 1]
