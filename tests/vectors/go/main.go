// Command vectors writes the golden vectors of tests/vectors/comet.json: what
// CometBFT itself computes for headers, commits, validator sets, sign bytes,
// part sets, Merkle roots, light-client steps and Ed25519 at its edges.
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/crypto/merkle"
	"github.com/cometbft/cometbft/crypto/tmhash"
	"github.com/cometbft/cometbft/light"
	"github.com/cometbft/cometbft/version"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtmath "github.com/cometbft/cometbft/libs/math"
	cmtversion "github.com/cometbft/cometbft/proto/tendermint/version"
	"github.com/cometbft/cometbft/types"
)

const chainID = "tradeseal-vectors"

type object = map[string]any

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func text(data []byte) string { return hex.EncodeToString(data) }

func key(name string) ed25519.PrivKey {
	return ed25519.GenPrivKeyFromSecret([]byte("tradeseal vector " + name))
}

func clock(seconds, nanos int64) time.Time { return time.Unix(seconds, nanos).UTC() }

func nanoseconds(moment time.Time) string {
	total := new(big.Int).Mul(big.NewInt(moment.Unix()), big.NewInt(1_000_000_000))
	return total.Add(total, big.NewInt(int64(moment.Nanosecond()))).String()
}

// member is one validator with the key that the vectors sign with.
type member struct {
	private ed25519.PrivKey
	power   int64
}

func validators(members []member) (*types.ValidatorSet, map[string]ed25519.PrivKey) {
	list, keys := []*types.Validator{}, map[string]ed25519.PrivKey{}
	for _, one := range members {
		list = append(list, types.NewValidator(one.private.PubKey(), one.power))
		keys[string(one.private.PubKey().Address())] = one.private
	}
	return types.NewValidatorSet(list), keys
}

func setBytes(set *types.ValidatorSet) []byte {
	var out []byte
	for _, one := range set.Validators {
		message := one.Bytes()
		out = append(out, 0x0a, byte(len(message)))
		out = append(out, message...)
	}
	return out
}

func setJSON(set *types.ValidatorSet) object {
	list := []object{}
	for _, one := range set.Validators {
		list = append(list, object{
			"public_key": text(one.PubKey.Bytes()), "power": fmt.Sprint(one.VotingPower),
			"address": text(one.Address), "bytes": text(one.Bytes()),
		})
	}
	return object{"validators": list, "bytes": text(setBytes(set)), "hash": text(set.Hash())}
}

func fill(label string) []byte { return tmhash.Sum([]byte(label)) }

func header(height int64, moment time.Time, set, next *types.ValidatorSet) *types.Header {
	return &types.Header{
		Version: cmtversion.Consensus{Block: version.BlockProtocol, App: 1}, ChainID: chainID,
		Height: height, Time: moment,
		LastBlockID: types.BlockID{Hash: fill("last"),
			PartSetHeader: types.PartSetHeader{Total: 3, Hash: fill("parts")}},
		LastCommitHash: fill("commit"), DataHash: fill("data"), ValidatorsHash: set.Hash(),
		NextValidatorsHash: next.Hash(), ConsensusHash: fill("consensus"),
		AppHash: fill(fmt.Sprint("application ", height)), LastResultsHash: fill("results"),
		EvidenceHash: fill("evidence"), ProposerAddress: set.Validators[0].Address,
	}
}

func headerJSON(value *types.Header) object {
	return object{
		"bytes": text(must(value.ToProto().Marshal())), "hash": text(value.Hash()),
		"chain_id": value.ChainID, "height": fmt.Sprint(value.Height),
		"time": nanoseconds(value.Time), "app_version": fmt.Sprint(value.Version.App),
		"last_block_hash": text(value.LastBlockID.Hash), "app_hash": text(value.AppHash),
		"validators_hash": text(value.ValidatorsHash), "proposer": text(value.ProposerAddress),
	}
}

// sign makes a commit whose votes follow flags: c commit, n nil, a absent.
func sign(value *types.Header, round int32, set *types.ValidatorSet,
	keys map[string]ed25519.PrivKey, flags string) *types.Commit {
	id := types.BlockID{Hash: value.Hash(),
		PartSetHeader: types.PartSetHeader{Total: 1, Hash: fill("block")}}
	commit := &types.Commit{Height: value.Height, Round: round, BlockID: id}
	for index, one := range set.Validators {
		vote := types.CommitSig{BlockIDFlag: types.BlockIDFlagCommit,
			ValidatorAddress: one.Address, Timestamp: value.Time.Add(time.Duration(index+1) * 7919)}
		switch flags[index] {
		case 'n':
			vote.BlockIDFlag = types.BlockIDFlagNil
		case 'a':
			commit.Signatures = append(commit.Signatures, types.NewCommitSigAbsent())
			continue
		}
		commit.Signatures = append(commit.Signatures, vote)
		signature := must(keys[string(one.Address)].Sign(commit.VoteSignBytes(chainID, int32(index))))
		commit.Signatures[index].Signature = signature
	}
	return commit
}

func commitJSON(commit *types.Commit) object {
	signed := []string{}
	for index := range commit.Signatures {
		signed = append(signed, text(commit.VoteSignBytes(chainID, int32(index))))
	}
	return object{"bytes": text(must(commit.ToProto().Marshal())), "hash": text(commit.Hash()),
		"sign_bytes": signed}
}

func verdict(err error) string {
	if err == nil {
		return "valid"
	}
	return "refused"
}

func sets() []object {
	four := []member{{key("a"), 10}, {key("b"), 10}, {key("c"), 30}, {key("d"), 1}}
	largest := types.MaxTotalVotingPower
	cases := [][]member{{{key("a"), 1}}, four, {{key("a"), largest}}, {{key("a"), 1}, {key("b"), largest - 1}}}
	seven := []member{}
	for index := range 7 {
		seven = append(seven, member{key(fmt.Sprint("seven ", index)), 5})
	}
	out := []object{}
	for _, one := range append(cases, seven) {
		set, _ := validators(one)
		out = append(out, setJSON(set))
	}
	return out
}

func headers() []object {
	set, _ := validators([]member{{key("a"), 1}})
	plain := header(1, clock(1_750_000_000, 123_456_789), set, set)
	whole := header(9_000_000_000, clock(1_750_000_000, 0), set, set)
	first := header(1, clock(0, 0), set, set)
	first.LastBlockID = types.BlockID{}
	first.AppHash = nil
	first.Version.App = 0
	early := header(7, clock(-1, 5), set, set)
	odd := header(8, clock(253_402_300_799, 999_999_999), set, set)
	odd.AppHash = []byte{1, 2, 3}
	odd.ChainID = ""
	out := []object{}
	for _, one := range []*types.Header{plain, whole, first, early, odd} {
		out = append(out, headerJSON(one))
	}
	return out
}

func commits() []object {
	set, keys := validators([]member{{key("a"), 10}, {key("b"), 10}, {key("c"), 10}, {key("d"), 1}})
	out := []object{}
	for _, flags := range []string{"cccc", "ccca", "cccn", "ccac", "ccna", "ccaa", "aaac", "nnnn", "ccnn"} {
		for _, round := range []int32{0, 3} {
			value := header(42, clock(1_750_000_042, 42), set, set)
			commit := sign(value, round, set, keys, flags)
			one := commitJSON(commit)
			one["flags"], one["round"] = flags, fmt.Sprint(round)
			one["header"], one["validators"] = text(must(value.ToProto().Marshal())), text(setBytes(set))
			one["verdict"] = verdict(set.VerifyCommit(chainID, commit.BlockID, value.Height, commit))
			out = append(out, one)
		}
	}
	return out
}

func roots() []object {
	out := []object{}
	for _, size := range []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 21, 64, 100} {
		items := [][]byte{}
		for index := range size {
			items = append(items, fill(fmt.Sprint("leaf ", index))[:index%33])
		}
		leaves := []string{}
		for _, item := range items {
			leaves = append(leaves, text(item))
		}
		out = append(out, object{"leaves": leaves, "root": text(merkle.HashFromByteSlices(items))})
	}
	return out
}

func transactions() []object {
	out := []object{}
	for _, size := range []int{0, 1, 5} {
		list, hexed := types.Txs{}, []string{}
		for index := range size {
			list = append(list, fill(fmt.Sprint("transaction ", index)))
			hexed = append(hexed, text(list[index]))
		}
		out = append(out, object{"transactions": hexed, "hash": text(list.Hash())})
	}
	return out
}

func results() []object {
	lists := [][]*abci.ExecTxResult{
		{},
		{{Code: 0}},
		{{Code: 0, Data: []byte("answer"), Log: "left out", GasWanted: 30_000_000, GasUsed: 21_000},
			{Code: 7, Info: "left out", GasUsed: 1, Codespace: "left out"}},
	}
	out := []object{}
	for _, list := range lists {
		items := []object{}
		for _, one := range list {
			items = append(items, object{"code": one.Code, "data": text(one.Data),
				"gas_wanted": one.GasWanted, "gas_used": one.GasUsed})
		}
		out = append(out, object{"results": items, "hash": text(types.NewResults(list).Hash())})
	}
	return out
}

func parameters() []object {
	out := []object{}
	for _, pair := range [][2]int64{{22_020_096, -1}, {4_194_304, 60_000_000}, {-1, -1}, {1, 0}} {
		value := types.DefaultConsensusParams()
		value.Block.MaxBytes, value.Block.MaxGas = pair[0], pair[1]
		out = append(out, object{"max_bytes": pair[0], "max_gas": pair[1], "hash": text(value.Hash())})
	}
	return out
}

func blocks() []object {
	set, keys := validators([]member{{key("a"), 1}})
	previous := sign(header(1, clock(1_750_000_000, 1), set, set), 0, set, keys, "c")
	out := []object{}
	for _, one := range []struct {
		height int64
		sizes  []int
		commit *types.Commit
	}{{1, []int{}, &types.Commit{}}, {2, []int{5, 300}, previous}, {2, []int{200_000}, previous}} {
		list, hexed := types.Txs{}, []object{}
		for index, size := range one.sizes {
			list = append(list, make([]byte, size))
			for at := range list[index] {
				list[index][at] = byte(at*31 + index)
			}
			hexed = append(hexed, object{"size": size})
		}
		block := types.MakeBlock(one.height, list, one.commit, nil)
		block.Version = cmtversion.Consensus{Block: version.BlockProtocol, App: 1}
		block.ChainID, block.Time = chainID, clock(1_750_000_001, 5)
		block.ValidatorsHash, block.NextValidatorsHash = set.Hash(), set.Hash()
		block.ConsensusHash, block.AppHash = fill("consensus"), fill("application")
		block.LastResultsHash, block.ProposerAddress = fill("results"), set.Validators[0].Address
		encoded := must(must(block.ToProto()).Marshal())
		parts := must(block.MakePartSet(types.BlockPartSizeBytes))
		out = append(out, object{
			"transactions": hexed, "header": text(must(block.Header.ToProto().Marshal())),
			"header_hash": text(block.Hash()), "last_commit": text(must(one.commit.ToProto().Marshal())),
			"last_commit_hash": text(block.LastCommitHash), "data_hash": text(block.DataHash),
			"evidence_hash": text(block.EvidenceHash), "size": len(encoded),
			"digest": text(tmhash.Sum(encoded)), "parts_total": parts.Header().Total,
			"parts_hash": text(parts.Header().Hash),
		})
	}
	return out
}

// steps runs CometBFT's light client on single steps between two headers.
func steps() []object {
	period, drift := 24*time.Hour, 10*time.Second
	old := []member{{key("a"), 10}, {key("b"), 10}, {key("c"), 10}}
	half := []member{{key("a"), 10}, {key("d"), 10}, {key("e"), 10}}
	more := []member{{key("a"), 10}, {key("b"), 10}, {key("d"), 10}}
	none := []member{{key("d"), 10}, {key("e"), 10}, {key("f"), 10}}
	heavy := []member{{key("a"), 11}, {key("b"), 10}, {key("c"), 10}}
	base := clock(1_750_000_000, 0)
	cases := []struct {
		desc                 string
		from, announced, new []member
		height               int64
		flags                string
		at, now              time.Duration
	}{
		{"next height, same validators", old, old, old, 11, "ccc", 10 * time.Second, time.Minute},
		{"next height, announced validators", old, none, none, 11, "ccc", 10 * time.Second, time.Minute},
		{"next height, other validators than announced", old, old, more, 11, "ccc", 10 * time.Second, time.Minute},
		{"next height, two thirds exactly", old, old, old, 11, "cca", 10 * time.Second, time.Minute},
		{"next height, heavier two of three", heavy, heavy, heavy, 11, "cca", 10 * time.Second, time.Minute},
		{"later height, same validators", old, old, old, 20, "ccc", 10 * time.Second, time.Minute},
		{"later height, two of three known", old, old, more, 20, "ccc", 10 * time.Second, time.Minute},
		{"later height, one third known exactly", old, old, half, 20, "ccc", 10 * time.Second, time.Minute},
		{"later height, above one third known", heavy, heavy, half, 20, "ccc", 10 * time.Second, time.Minute},
		{"later height, nobody known", old, old, none, 20, "ccc", 10 * time.Second, time.Minute},
		{"same height", old, old, old, 10, "ccc", 10 * time.Second, time.Minute},
		{"not later", old, old, old, 20, "ccc", 0, time.Minute},
		{"trust expired to the second", old, old, old, 20, "ccc", 10 * time.Second, period},
		{"trust about to expire", old, old, old, 20, "ccc", 10 * time.Second, period - 1},
		{"ahead of the clock by the drift", old, old, old, 20, "ccc", time.Minute + drift, time.Minute},
		{"ahead of the clock within the drift", old, old, old, 20, "ccc", time.Minute + drift - 1, time.Minute},
	}
	out := []object{}
	for _, one := range cases {
		from, fromKeys := validators(one.from)
		announced, _ := validators(one.announced)
		set, keys := validators(one.new)
		trusted := header(10, base, from, announced)
		fresh := header(one.height, base.Add(one.at), set, set)
		commit := sign(fresh, 0, set, keys, one.flags)
		signed := func(value *types.Header, votes *types.Commit) *types.SignedHeader {
			return &types.SignedHeader{Header: value, Commit: votes}
		}
		err := light.Verify(signed(trusted, sign(trusted, 0, from, fromKeys, "ccc")), from,
			signed(fresh, commit), set, period, base.Add(one.now), drift,
			cmtmath.Fraction{Numerator: 1, Denominator: 3})
		out = append(out, object{
			"desc": one.desc, "trusted_header": text(must(trusted.ToProto().Marshal())),
			"trusted_validators": text(setBytes(from)), "header": text(must(fresh.ToProto().Marshal())),
			"commit": text(must(commit.ToProto().Marshal())), "validators": text(setBytes(set)),
			"now": nanoseconds(base.Add(one.now)), "period": fmt.Sprint(period.Nanoseconds()),
			"drift": fmt.Sprint(drift.Nanoseconds()), "verdict": verdict(err),
		})
	}
	return out
}

// edges tries every pair of small-order encodings as key and R, with s = 0, as
// ZIP 215 demands, and a few that must fail.
func edges() []object {
	encodings := []string{
		"0100000000000000000000000000000000000000000000000000000000000000",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0200000000000000000000000000000000000000000000000000000000000000",
		"f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	}
	message := []byte("Zcash")
	out := []object{}
	add := func(public, signature []byte) {
		accepted := ed25519.PubKey(public).VerifySignature(message, signature)
		out = append(out, object{"public_key": text(public), "signature": text(signature),
			"accepted": accepted})
	}
	zero := make([]byte, 32)
	for _, public := range encodings {
		for _, point := range encodings {
			add(must(hex.DecodeString(public)), append(must(hex.DecodeString(point)), zero...))
		}
	}
	private := key("edges")
	good := must(private.Sign(message))
	add(private.PubKey().Bytes(), good)
	for _, index := range []int{0, 31, 32, 63} {
		bad := append([]byte{}, good...)
		bad[index] ^= 1
		add(private.PubKey().Bytes(), bad)
	}
	add(private.PubKey().Bytes(), raise(good))
	return out
}

// raise adds the group order to s, which keeps the equation and breaks the range.
func raise(signature []byte) []byte {
	order := must(hex.DecodeString("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"))
	out := append([]byte{}, signature...)
	carry := 0
	for index := range 32 {
		sum := int(out[32+index]) + int(order[index]) + carry
		out[32+index], carry = byte(sum), sum>>8
	}
	return out
}

func main() {
	vectors := object{
		"note":     "Written by tests/vectors/go (CometBFT v0.38.26): go run . > ../comet.json",
		"chain_id": chainID, "validator_sets": sets(), "headers": headers(), "commits": commits(),
		"roots": roots(), "transactions": transactions(), "results": results(),
		"consensus_parameters": parameters(), "blocks": blocks(), "light_steps": steps(),
		"ed25519_message": text([]byte("Zcash")), "ed25519": edges(),
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(vectors); err != nil {
		panic(err)
	}
}
