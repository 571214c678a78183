// Prints the seconds of one forward pass of an ONNX model in ONNX Runtime, one number a line:
//   node onnx_forward.js MODEL BATCH,CHANNELS,HEIGHT,WIDTH THREADS SECONDS
// Run where onnxruntime-node is installed (NODE_PATH).
const runtime = require('onnxruntime-node');

async function main(model, dims, threads, seconds) {
  const session = await runtime.InferenceSession.create(model, {
    intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: 'all', executionProviders: ['cpu'],
  });
  const values = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, Math.random);
  const feeds = { [session.inputNames[0]]: new runtime.Tensor('float32', values, dims) };
  const pass = async () => {
    const start = process.hrtime.bigint();
    await session.run(feeds);
    return Number(process.hrtime.bigint() - start) * 1e-9;
  };
  for (let i = 0; i < 3; i++) await pass();
  for (let left = seconds, count = 0; left > 0 || count < 3; count++) {
    const taken = await pass();
    console.log(taken);
    left -= taken;
  }
}

const [model, dims, threads, seconds] = process.argv.slice(2);
main(model, dims.split(',').map(Number), Number(threads), Number(seconds));
