// Command control-plane is a whole Kubernetes control plane in one executable, for the tests: its first argument says
// which program to be, the rest are that program's own flags. Each is the real one, started the way its own `main` starts
// it; nothing of Kubernetes is changed or imitated here. kubectl is among them because what it sends to the API server is
// what people's commands do. `key` prints a key that the API server can sign tokens of service accounts with, so that the
// tests need no other program.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	etcd "go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() {
	if len(os.Args) > 1 {
		// Each program reads os.Args by itself, and must find its own name first.
		os.Args = os.Args[1:]
		switch os.Args[0] {
		case "etcd":
			etcd.Main(os.Args)
			return
		case "kube-apiserver":
			run(apiserver.NewAPIServerCommand())
		case "kube-controller-manager":
			run(controllers.NewControllerManagerCommand())
		case "kubectl":
			if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
				util.CheckErr(err)
			}
			return
		case "key":
			printKey()
			return
		}
	}
	fmt.Fprintln(os.Stderr, "usage: control-plane etcd|kube-apiserver|kube-controller-manager|kubectl FLAGS, or control-plane key")
	os.Exit(2)
}

func run(command *cobra.Command) { os.Exit(cli.Run(command)) }

func printKey() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err == nil {
		var der []byte
		if der, err = x509.MarshalECPrivateKey(key); err == nil {
			err = pem.Encode(os.Stdout, &pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "could not make a key:", err)
		os.Exit(1)
	}
}
