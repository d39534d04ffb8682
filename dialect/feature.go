package dialect

import "fmt"

// Feature is a behavior of ovn-trace, or of the programs whose effects it predicts, that
// some releases have and others do not. [Features] describes each of them and lists its
// releases.
type Feature uint8

const (
	_ Feature = iota

	// The line that shows a packet.

	FragInHeader
	IGMPInHeader

	// The command line and the microflow.

	DatapathOptional
	UnknownDatapathLate
	InportRequired
	SupersetsDropped
	SetMembersKept
	ProductsCrushed
	AddressSetsSorted
	InequalityByPrefix

	// Words, ports, groups and templates.

	HyphenToken
	StrayMaskBits
	PortNamedNone
	PortGroupByDatapath
	PortGroupByName
	TemplateToken
	TemplateNameStays
	TemplateRefused

	// The syntax, printing and checks of actions.

	WriteScopes
	NextToEgress
	NextBoundByTarget
	CTNextZone
	CTCommitArgs
	CTCommitBlock
	CTCommitNATZone
	NATIPv6
	NATPortRange
	CTLBBackends
	CTLBSNATFlags
	CTLBLastTableStar
	SelectHashFields
	ARPOfAnyIP
	LogPass
	FwdGroupBareLiveness
	SampleFromField
	EventMeter
	EventSCTP
	EventOptions
	DHCPHostID
	DHCPDomain
	RARouterPreference
	RADNSAndRoutes
	RAPrefixOrStateful

	// What actions do.

	NATKeepsAddress
	NATTracks
	LBTracks
	LBSavesTuple
	CTSavesTuple
	HairpinByVIP
	VIPScope
	AbortsOnRAOptions
	CTTupleReads
	LogDirection
	RejectAborts
	RejectOnce

	// What databases have.

	DatapathNBUUID

	// What ovn-controller does.

	GatewayDatapathLocal
	MixedPeers
	SolicitsNextHop
	BalancerRegisters
	HairpinByRegisters
	ChecksMultichassisMTU
	DeepRecirculation
	RecirculatesPacketOut
	TracksSCTPPorts
	ReleasesOnLearning
	GatewayHairpins
	TunnelsProviderNetworks
	ActivationStrategies
	DisablesAnnouncements
	SolicitsSecured

	featureEnd
)

// String returns the feature's name in [Features].
func (f Feature) String() string {
	if row := f.row(); row != nil {
		return row.Name
	}
	return fmt.Sprintf("Feature(%d)", uint8(f))
}

// Doc returns the sentences that describe the feature.
func (f Feature) Doc() string {
	if row := f.row(); row != nil {
		return row.Doc
	}
	return ""
}

// Span returns the releases that have the feature. It panics if f is not a feature.
func (f Feature) Span() Span {
	row := f.row()
	if row == nil {
		panic(fmt.Sprintf("dialect: %v is not a feature", f))
	}
	return row.Span
}

func (f Feature) row() *FeatureRow {
	if f == 0 || f >= featureEnd || int(f) > len(Features) {
		return nil
	}
	return &Features[f-1]
}

// UnknownFeatureError means that no feature has a name.
type UnknownFeatureError struct{ Name string }

// Error returns the message, with the name.
func (e *UnknownFeatureError) Error() string {
	return fmt.Sprintf("no feature of a release is named %q", e.Name)
}

// FeatureNamed returns the feature with a name, or an [*UnknownFeatureError].
func FeatureNamed(name string) (Feature, error) {
	for i := range Features {
		if Features[i].Name == name {
			return Features[i].Feature, nil
		}
	}
	return 0, &UnknownFeatureError{name}
}

// featureSet is a set of features, one bit each.
type featureSet [2]uint64

func (s *featureSet) add(f Feature) { s[f/64] |= 1 << (f % 64) }

func (s featureSet) has(f Feature) bool {
	if f == 0 || f >= featureEnd {
		panic(fmt.Sprintf("dialect: %v is not a feature", f))
	}
	return s[f/64]&(1<<(f%64)) != 0
}
