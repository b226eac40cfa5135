# Manifests are judged by the same rules (README.md)
$ lint -f vips.yaml
vips.yaml:1: KO101 error vip/web: v4ip "<address 1>/24" has a mask: write "<address 1>"; the controller would give another one without a word; hint: write one address without mask, such as <address 1> or fd00::60
vips.yaml:2: KO209 error vip/api: selector item `app=web` is no key:value: it has no colon; the controller drops it, so that more pods match than it says; hint: write "app:web"
vips.yaml:2: KO215 warning vip/api: its virtual port lasts until kube-ovn-controller restarts or the subnet is edited: the controller removes it then and does not make it again; hint: kubectl ko vip show api says so when it happened, kubectl ko vip attach api POD makes it again
vips.yaml:2: KO213 note vip/api: no pod names the Vip in its annotation ovn.kubernetes.io/aaps yet, so nobody may hold the address; hint: kubectl ko vip attach api api-<pod> -n vpc1
2> 2 documents checked, 2 with errors
[exit 1]
$ lint -f vips.yaml -o json
{
    "apiVersion": "ko.kubeovn.io/v1alpha1",
    "checked": 2,
    "errors": 2,
    "findings": [
        {
            "code": "KO101",
            "hint": "write one address without mask, such as <address 1> or fd00::60",
            "message": "v4ip \"<address 1>/24\" has a mask: write \"<address 1>\"; the controller would give another one without a word",
            "object": {
                "document": 1,
                "file": "vips.yaml",
                "kind": "Vip",
                "name": "web"
            },
            "severity": "error"
        },
        {
            "code": "KO209",
            "hint": "write \"app:web\"",
            "message": "selector item `app=web` is no key:value: it has no colon; the controller drops it, so that more pods match than it says",
            "object": {
                "document": 2,
                "file": "vips.yaml",
                "kind": "Vip",
                "name": "api"
            },
            "severity": "error"
        },
        {
            "code": "KO215",
            "hint": "kubectl ko vip show api says so when it happened, kubectl ko vip attach api POD makes it again",
            "message": "its virtual port lasts until kube-ovn-controller restarts or the subnet is edited: the controller removes it then and does not make it again",
            "object": {
                "document": 2,
                "file": "vips.yaml",
                "kind": "Vip",
                "name": "api"
            },
            "severity": "warning"
        },
        {
            "code": "KO213",
            "hint": "kubectl ko vip attach api api-<pod> -n vpc1",
            "message": "no pod names the Vip in its annotation ovn.kubernetes.io/aaps yet, so nobody may hold the address",
            "object": {
                "document": 2,
                "file": "vips.yaml",
                "kind": "Vip",
                "name": "api"
            },
            "severity": "note"
        }
    ],
    "kind": "LintReport",
    "passed": 0,
    "unknown": 0,
    "warnings": 1
}
[exit 1]
$ lint -f nowhere.yaml
2> error: cannot read nowhere.yaml: No such file or directory (os error 2)
[exit 2]
