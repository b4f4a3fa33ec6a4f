#!/bin/sh
# Generates the TypeScript of the protobuf messages. Needs `protoc` (Debian: protobuf-compiler); the result is committed.
set -eu
cd "$(dirname "$0")/../src/proto"
protoc --plugin=protoc-gen-es=../../node_modules/.bin/protoc-gen-es \
  --proto_path=. --es_out=. --es_opt=target=ts,import_extension=ts ./*.proto
