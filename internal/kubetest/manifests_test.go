package kubetest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// manifests returns the objects of deploy/, decoded strictly: a field that the API does
// not have, or that is there twice, is an error.
func manifests(t *testing.T) (all []runtime.Object) {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{batchv1.AddToScheme, corev1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	paths, err := filepath.Glob(filepath.Join("..", "..", "deploy", "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no manifests", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
		for {
			document, err := documents.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			object, _, err := decoder.Decode(document, nil, nil)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			all = append(all, object)
		}
	}
	return all
}

func TestJob(t *testing.T) {
	var job, merge *batchv1.Job
	for _, o := range manifests(t) {
		switch j, ok := o.(*batchv1.Job); {
		case !ok:
		case j.Name == "ovnwalk-reach":
			job = j
		default:
			merge = j
		}
	}
	if job == nil || merge == nil {
		t.Fatal("not both jobs")
	}
	s := job.Spec
	if *s.CompletionMode != batchv1.IndexedCompletion {
		t.Error("the job is not indexed")
	}
	// https://kubernetes.io/docs/concepts/workloads/controllers/job/: both need it.
	if s.BackoffLimitPerIndex == nil || s.Template.Spec.RestartPolicy != corev1.RestartPolicyNever {
		t.Error("backoffLimitPerIndex and podFailurePolicy need restartPolicy: Never")
	}
	c := s.Template.Spec.Containers[0]
	if want := "--shard=job/" + strconv.Itoa(int(*s.Completions)); !slices.Contains(c.Args, want) {
		t.Errorf("%d completions, and the arguments are %q, without %s", *s.Completions, c.Args, want)
	}
	fails := false
	for _, r := range s.PodFailurePolicy.Rules {
		if r.OnExitCodes != nil {
			fails = r.Action == batchv1.PodFailurePolicyActionFailJob && slices.Equal(r.OnExitCodes.Values, []int32{2}) && *r.OnExitCodes.ContainerName == c.Name
		}
	}
	if !fails {
		t.Error("bad input, exit status 2, does not fail the job")
	}
	parts := 0
	for _, arg := range merge.Spec.Template.Spec.Containers[0].Args {
		if strings.HasPrefix(arg, "/data/part-") {
			if want := "/data/part-" + strconv.Itoa(parts) + ".ndjson.zst"; arg != want {
				t.Errorf("part %d is %s, not %s", parts, arg, want)
			}
			parts++
		}
	}
	if parts != int(*s.Completions) {
		t.Errorf("%d parts of %d are merged", parts, *s.Completions)
	}
}
