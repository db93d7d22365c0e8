// The service `godwitidl.plugin.v1.BackendService` in Node: messages and methods from the descriptor that Godwit ships.

import { existsSync, readFileSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import grpc from "@grpc/grpc-js";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor/index.js";

const SERVICE = "godwitidl.plugin.v1.BackendService";

/** Messages by their full names, from `godwitidl/descriptor.binpb`. */
export class Contract {
  constructor(path) {
    const files = descriptor.FileDescriptorSet.decode(readFileSync(path));
    this.root = protobuf.Root.fromDescriptor(files);
    this.root.resolveAll();
  }

  encode(name, value) {
    const type = this.root.lookupType(name);
    return Buffer.from(type.encode(type.fromObject(value)).finish());
  }

  decode(name, bytes) {
    return this.root.lookupType(name).decode(bytes);
  }

  /** The service as grpc-js wants it described. */
  service() {
    const methods = {};
    for (const method of this.root.lookupService(SERVICE).methodsArray) {
      const [request, response] = [method.resolvedRequestType, method.resolvedResponseType];
      methods[method.name] = {
        path: `/${SERVICE}/${method.name}`,
        requestStream: false,
        responseStream: Boolean(method.responseStream),
        requestDeserialize: (bytes) => request.decode(bytes),
        requestSerialize: (value) => Buffer.from(request.encode(value).finish()),
        responseDeserialize: (bytes) => response.decode(bytes),
        responseSerialize: (value) => Buffer.from(response.encode(response.fromObject(value)).finish()),
      };
    }
    return methods;
  }
}

const SAME = (bytes) => bytes;
const HEALTH = {
  Check: {
    path: "/grpc.health.v1.Health/Check",
    requestStream: false,
    responseStream: false,
    requestDeserialize: SAME,
    requestSerialize: SAME,
    responseDeserialize: SAME,
    responseSerialize: SAME,
  },
};
const SERVING = Buffer.from([0x08, 0x01]); // an encoded HealthCheckResponse

/** Listen, and return the server. `calls` has a function for each method: it returns the response, or takes a stream. */
export async function listen(contract, calls, address) {
  const server = new grpc.Server();
  const methods = contract.service();
  const handlers = {};
  for (const [name, method] of Object.entries(methods)) {
    handlers[name] = method.responseStream ? calls[name] : answered(calls[name]);
  }
  server.addService(methods, handlers);
  server.addService(HEALTH, { Check: (call, reply) => reply(null, SERVING) });
  if (address.startsWith("unix:")) await makeRoom(address.slice("unix:".length));
  const port = await new Promise((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync(address, credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return { server, address: address.startsWith("unix:") ? address : address.replace(/:0$/, `:${port}`) };
}

function answered(call) {
  return async ({ request }, reply) => {
    try {
      reply(null, (await call(request)) ?? {});
    } catch (error) {
      reply({ code: grpc.status.INTERNAL, details: error.message });
    }
  };
}

/** Remove the socket of a server that is gone; refuse where one still listens. */
async function makeRoom(path) {
  if (!existsSync(path)) return;
  const isAnswered = await new Promise((resolve) => {
    const probe = connect(path, () => resolve(true)).on("error", () => resolve(false));
    setTimeout(() => probe.destroy(), 1000).unref();
  });
  if (isAnswered) throw new Error(`Another server listens at ${path}.`);
  unlinkSync(path);
}
