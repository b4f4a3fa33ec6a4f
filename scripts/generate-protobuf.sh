#!/bin/sh
# Generates the TypeScript of the protobuf messages. Needs `protoc` (Debian: protobuf-compiler); the result is committed.
set -eu
cd "$(dirname "$0")/.."
protoc --plugin=protoc-gen-es=node_modules/.bin/protoc-gen-es \
  --proto_path=src/nn/onnx --es_out=src/nn/onnx --es_opt=target=ts,import_extension=ts onnx.proto
protoc --plugin=protoc-gen-es=node_modules/.bin/protoc-gen-es \
  --proto_path=src/formats/tensorboard --es_out=src/formats/tensorboard --es_opt=target=ts,import_extension=ts tensorboard.proto
