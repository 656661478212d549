// Send, read and be refused through ethers; print what was seen as JSON.
import { readFileSync } from "node:fs";
import { Contract, JsonRpcProvider, Wallet } from "ethers";

const [url, address, key] = process.argv.slice(2);
const provider = new JsonRpcProvider(url, undefined, { pollingInterval: 50, cacheTimeout: -1 });
const wallet = new Wallet(key, provider);
const contract = new Contract(address, JSON.parse(readFileSync(0, "utf8")), wallet);
const sent = await contract.put(6, 66);
const receipt = await sent.wait();
const registered = await (await contract.register("0x" + "01".repeat(32), "0x" + "02".repeat(32))).wait();
let refusal = "";
try {
  await contract.put_and_fail.staticCall(1, 1);
} catch (error) {
  refusal = error.reason ?? error.message;
}
const proof = await provider.send("eth_getProof", [address, ["0x0"], "latest"]);
console.log(
  JSON.stringify({
    chainId: String((await provider.getNetwork()).chainId),
    status: receipt.status,
    value: String(await contract.values(6)),
    logs: registered.logs.length,
    refusal,
    proofSlots: proof.storageProof.length,
  }),
);
provider.destroy();
