// Package names resolves the objects of the systems that run networks: pods, services, nodes, servers,
// networks, security groups and policies. A system writes them into names and external_ids of OVN's
// rows; a table for each system describes how (ovnkubernetes.go, neutron.go, kubeovn.go, incus.go). An
// Index applies the tables to the databases of a network. It finds the rows of an object by a name that
// a user wrote, and the object of a row for display.
package names

import "slices"

// Kind is the kind of an object.  It is the prefix of names of that kind.
type Kind string

// The kinds.
const (
	Pod           Kind = "pod"
	Service       Kind = "svc"
	Node          Kind = "node"
	Server        Kind = "vm"
	Net           Kind = "net"
	Subnet        Kind = "subnet"
	Router        Kind = "router"
	SecurityGroup Kind = "sg"

	// The kinds below have no prefix: no option takes them.
	Policy    Kind = "policy"
	EgressIP  Kind = "egressip"
	Floating  Kind = "floating IP"
	Addresses Kind = "address set"
	Namespace Kind = "namespace"
)

// prefixes are the kinds that a name may begin with, and whether one of them is
// one end of a connection rather than many.
var prefixes = []struct {
	kind Kind
	word string // for messages
	one  bool
}{
	{Pod, "pod", true},
	{Service, "service", true},
	{Node, "node", true},
	{Server, "server", true},
	{Net, "network", false},
	{Subnet, "subnet", false},
	{Router, "router", false},
	{SecurityGroup, "security group", false},
}

// Prefixes returns the kinds with a prefix.
func Prefixes() (out []Kind) {
	for _, p := range prefixes {
		out = append(out, p.kind)
	}
	return out
}

// Word returns the word for a kind in messages.
func (k Kind) Word() string {
	for _, p := range prefixes {
		if p.kind == k {
			return p.word
		}
	}
	return string(k)
}

// IsEnd reports whether an object of the kind can be one end of a connection.
func (k Kind) IsEnd() bool {
	for _, p := range prefixes {
		if p.kind == k {
			return p.one
		}
	}
	return false
}

// Object is an object of a system, as one row has it.
type Object struct {
	System string // such as "ovn-kubernetes"; "" where the name is OVN's own
	Kind   Kind
	Name   string   // such as "shop/web"
	Title  string   // for readers, such as "NetworkPolicy shop/deny-all"
	Also   []string // other names that find it

	// Networks are the names of the network that a port of the object is in, the
	// usual one first; none for the default network.
	Networks []string

	// Role is the role of the row for the object, such as "management port"; "" for the
	// object itself.
	Role Role

	// Detail follows the title and the direction, such as "rule 3f2a91c0".
	Detail string

	// Direction is that of the traffic which an ACL is about, where the ACL's own is
	// another.
	Direction string
}

// Role is the role of a row for an object.
type Role string

// The roles that have a meaning of their own.
const (
	// Itself: the row is the object.
	Itself Role = ""
	// Management: the port by which a node reaches its pods.
	Management Role = "management port"
	// Outside: the port by which a node's gateway reaches the physical network.
	Outside Role = "external port"
	// Member: the row is one of the many of a network or a subnet.
	Member Role = "member"
	// DefaultDeny: the group of those that some policy isolates.
	DefaultDeny Role = "default deny"
)

// String returns the title with the detail.
func (o *Object) String() string {
	if o.Detail != "" {
		return o.Title + ", " + o.Detail
	}
	return o.Title
}

// Short returns the name that users know: one that is not a UUID, if there is one.
func (o *Object) Short() string {
	if isUUID(o.Name) {
		for _, also := range o.Also {
			if !isUUID(also) {
				return also
			}
		}
	}
	return o.Name
}

// called reports whether a name is one of the object's, or a piece of at least
// four digits from the start of one that is a UUID.
func (o *Object) called(name string) bool {
	if o.Name == name || isPiece(name, o.Name) {
		return true
	}
	for _, also := range o.Also {
		if also == name || isPiece(name, also) {
			return true
		}
	}
	return false
}

// isPiece reports whether piece is the start of a UUID.
func isPiece(piece, uuid string) bool {
	return len(piece) >= 4 && len(uuid) == 36 && len(piece) <= 36 && uuid[:len(piece)] == piece && isUUID(uuid)
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		c := s[i]
		if dash != (c == '-') || !dash && (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// inNetwork reports whether the object's port is in a network of that name.
func (o *Object) inNetwork(name string) bool {
	if len(o.Networks) == 0 {
		return name == DefaultNetwork
	}
	return slices.Contains(o.Networks, name)
}

// DefaultNetwork is the name of the network that has none.
const DefaultNetwork = "default"
