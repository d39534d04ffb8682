//go:build unix

package daemon

import (
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// CheckUser returns a *UserError if USER or USER:GROUP does not exist.
func CheckUser(spec string) error {
	_, err := credential(spec)
	return err
}

// credential parses USER, USER:GROUP or USER: (the user's own group).
func credential(spec string) (*syscall.Credential, error) {
	name, group, hasGroup := strings.Cut(spec, ":")
	u, err := user.Lookup(name)
	if err != nil {
		return nil, &UserError{"user", name}
	}
	gid := u.Gid
	if hasGroup && group != "" {
		g, err := user.LookupGroup(group)
		if err != nil {
			return nil, &UserError{"group", group}
		}
		gid = g.Gid
	}
	uidNumber, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gidNumber, err := strconv.ParseUint(gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uidNumber), Gid: uint32(gidNumber)}, nil
}
