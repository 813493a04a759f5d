{{/* The images of base/ by the names of the registry. */}}
{{- define "ml-studio.image" -}}
{{- $tag := .root.Values.image.tag | default .root.Chart.AppVersion -}}
{{- .root.Values.image.repository }}{{ trimPrefix "ml-studio" .image }}:{{ $tag -}}
{{- end }}

{{/* What every resource says about itself. */}}
{{- define "ml-studio.labels" -}}
app.kubernetes.io/part-of: ml-studio
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* The ConfigMaps by name: what the generator of base/ says, and over it the settings of the release. */}}
{{- define "ml-studio.settings" -}}
{{- $found := dict }}
{{- $base := fromYaml (.Files.Get "base/kustomization.yaml") }}
{{- range $map := $base.configMapGenerator }}
{{- $data := dict }}
{{- range $line := $map.literals }}
{{- $_ := set $data (first (splitList "=" $line)) (join "=" (rest (splitList "=" $line))) }}
{{- end }}
{{- $_ := set $found $map.name $data }}
{{- end }}
{{- mustMergeOverwrite $found (deepCopy .Values.settings) | toYaml }}
{{- end }}

{{/* A resource of base/ or recipes/ with the values of the release. */}}
{{- define "ml-studio.resource" -}}
{{- $root := .root }}
{{- $resource := .resource }}
{{- $name := $resource.metadata.name }}
{{- $_ := set $resource.metadata "namespace" $root.Release.Namespace }}
{{- $_ := set $resource.metadata "labels" (merge (fromYaml (include "ml-studio.labels" $root)) ($resource.metadata.labels | default dict)) }}
{{- $template := dict }}
{{- if eq $resource.kind "Deployment" }}
{{- if hasKey $root.Values.replicas $name }}
{{- $_ := set $resource.spec "replicas" (int (get $root.Values.replicas $name)) }}
{{- end }}
{{- $template = $resource.spec.template }}
{{- else if eq $resource.kind "CronJob" }}
{{- $template = $resource.spec.jobTemplate.spec.template }}
{{- else if eq $resource.kind "Job" }}
{{- $template = $resource.spec.template }}
{{- end }}
{{- if $template }}
{{- range $container := concat ($template.spec.initContainers | default list) $template.spec.containers }}
{{- $_ := set $container "image" (include "ml-studio.image" (dict "root" $root "image" $container.image)) }}
{{- with get $root.Values.resources $container.name }}
{{- $_ := set $container "resources" . }}
{{- end }}
{{- end }}
{{- $_ := mustMergeOverwrite $template.spec (deepCopy $root.Values.pod) }}
{{- with $root.Values.image.pullSecrets }}
{{- $_ := set $template.spec "imagePullSecrets" . }}
{{- end }}
{{- /* A changed setting rolls out by itself. */}}
{{- $_ := set $template.metadata "annotations" (dict "checksum/settings" (include "ml-studio.settings" $root | sha256sum)) }}
{{- end }}
{{- if and (eq $resource.kind "Service") (eq $name "nginx") }}
{{- $_ := set $resource "spec" (mustMergeOverwrite $resource.spec (deepCopy $root.Values.service.spec)) }}
{{- with $root.Values.service.annotations }}
{{- $_ := set $resource.metadata "annotations" . }}
{{- end }}
{{- end }}
{{- if and (eq $resource.kind "CronJob") (eq $name "backup") }}
{{- $_ := set $resource.spec "schedule" $root.Values.backup.schedule }}
{{- end }}
{{- if and (eq $resource.kind "CronJob") (eq $name "restore-drill") }}
{{- $_ := set $resource.spec "schedule" $root.Values.restoreDrill.schedule }}
{{- end }}
{{- if and (eq $resource.kind "NetworkPolicy") (eq $name "outside") }}
{{- range $rule := $resource.spec.egress }}
{{- range $peer := $rule.to }}
{{- $_ := set $peer.ipBlock "except" (concat $peer.ipBlock.except $root.Values.egress.closed) }}
{{- end }}
{{- end }}
{{- range $way := $root.Values.egress.also }}
{{- $rule := dict "to" (list (dict "ipBlock" (dict "cidr" $way.cidr))) "ports" (list (dict "protocol" "TCP" "port" (int $way.port))) }}
{{- $_ := set $resource.spec "egress" (append $resource.spec.egress $rule) }}
{{- end }}
{{- end }}
---
{{ toYaml $resource }}
{{- end }}
