// Package kubetest checks the manifests of deploy/ against the types of the Kubernetes
// API.  It is a separate module, so that the program does not depend on them.
package kubetest
