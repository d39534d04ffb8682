package controlplane_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ovnwalk/ovnwalk/internal/controlplane"
	"github.com/ovnwalk/ovnwalk/internal/lab"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb"
	"github.com/ovnwalk/ovnwalk/internal/ovsdb/open"
)

// TestFront compares the messages through the front with those of ovsdb-server: initial rows, for
// requests that the front answers itself or forwards, changes of rows, and rows of a second
// connection.
func TestFront(t *testing.T) {
	lab.Require(t)
	programs, err := controlplane.Find("", "")
	if err != nil {
		t.Fatal(err)
	}
	db, err := open.Path(t.Context(), "../../testdata/office/sb.db.gz", ovsdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const zero = `"00000000-0000-0000-0000-000000000000"`
	all := slices.Collect(maps.Keys(db.Schema.Tables["Logical_Flow"].Columns))
	slices.Sort(all)
	columns := `["` + strings.Join(all, `","`) + `"]`
	for _, x := range []struct{ name, method, tables, more string }{
		{"all columns", "monitor_cond_since", `{"Logical_Flow":[{"columns":` + columns + `}],"Datapath_Binding":[{"columns":["tunnel_key"]}]}`, "," + zero},
		{"some columns", "monitor_cond_since", `{"SB_Global":[{"columns":["nb_cfg"]}],"Logical_Flow":[{"columns":["match","priority"]}]}`, "," + zero},
		{"no columns", "monitor_cond_since", `{"Logical_Flow":[{"columns":[]}]}`, "," + zero},
		{"no flows", "monitor_cond_since", `{"Port_Binding":[{"columns":["logical_port"]}]}`, "," + zero},
		{"some rows", "monitor_cond_since", `{"Logical_Flow":[{"columns":["match"],"where":[["table_id","==",3]]}]}`, "," + zero},
		{"two requests", "monitor_cond_since", `{"Logical_Flow":[{"columns":["match"]},{"columns":["actions"]}]}`, "," + zero},
		{"an unknown column", "monitor_cond_since", `{"Logical_Flow":[{"columns":["nothing"]}]}`, "," + zero},
		{"an older method", "monitor_cond", `{"Logical_Flow":[{"columns":["match"]}]}`, ""},
		{"the oldest method", "monitor", `{"Logical_Flow":[{"columns":["match"]}]}`, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			p, err := controlplane.New(programs)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := p.Close(); err != nil {
					t.Error(err)
				}
			}()
			if _, err := p.Put(t.Context(), controlplane.SB, db); err != nil {
				t.Fatal(err)
			}
			// The file as ovsdb-server writes it has no values that are defaults.
			if _, err := p.Run(t.Context(), p.Tool, "compact", p.Path("sb.db")); err != nil {
				t.Fatal(err)
			}
			if err := p.Front(t.Context(), p.Path("sb.db")); err != nil {
				t.Fatal(err)
			}
			if err := p.Serve(t.Context(), controlplane.SB); err != nil {
				t.Fatal(err)
			}
			fronted, direct := connect(t, p, "flows.sock"), connect(t, p, "sb.sock")
			watch := fmt.Sprintf(`{"id":7,"method":%q,"params":["OVN_Southbound",["monid","x"],%s%s]}`, x.method, x.tables, x.more)
			want := direct.ask(t, watch)
			if got := fronted.ask(t, `{"id":1,"method":"list_dbs","params":[]}`); !strings.Contains(fmt.Sprint(got), "OVN_Southbound") {
				t.Errorf("list_dbs: %v", got)
			}
			if got := fronted.ask(t, watch); !reflect.DeepEqual(got, want) {
				t.Errorf("through the front:\n%.2000v\nwant:\n%.2000v", got, want)
			}
			if second := connect(t, p, "flows.sock").ask(t, watch); !reflect.DeepEqual(second, want) {
				t.Errorf("of a second connection:\n%.2000v\nwant:\n%.2000v", second, want)
			}
			if want["error"] != nil {
				return
			}
			row := `{"op":"mutate","table":"Logical_Flow","where":[["table_id","==",0]],"mutations":[["priority","+=",1]]}`
			row += `,{"op":"delete","table":"Logical_Flow","where":[["table_id","==",1]]}`
			row += `,{"op":"mutate","table":"SB_Global","where":[],"mutations":[["nb_cfg","+=",1]]}`
			connect(t, p, "sb.sock").ask(t, `{"id":8,"method":"transact","params":["OVN_Southbound",`+row+`]}`)
			for _, c := range []*client{fronted, direct} { // an update comes first where one is due
				c.send(t, `{"id":9,"method":"echo","params":[]}`)
			}
			for {
				a, b := fronted.receive(t), direct.receive(t)
				if !reflect.DeepEqual(a, b) {
					t.Errorf("after a change, through the front:\n%.2000v\nwant:\n%.2000v", a, b)
				}
				if b["method"] == nil {
					break
				}
			}
		})
	}
}

// client is a connection that speaks JSON-RPC.
type client struct {
	conn net.Conn
	in   *json.Decoder
}

func connect(t *testing.T, p *controlplane.Plane, socket string) *client {
	t.Helper()
	conn, err := net.Dial("unix", p.Path(socket))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return &client{conn, json.NewDecoder(conn)}
}

func (c *client) send(t *testing.T, request string) {
	t.Helper()
	if _, err := c.conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
}

func (c *client) receive(t *testing.T) (m map[string]any) {
	t.Helper()
	if err := c.in.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

func (c *client) ask(t *testing.T, request string) map[string]any {
	t.Helper()
	c.send(t, request)
	return c.receive(t)
}
