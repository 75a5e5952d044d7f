using Vdi.Protocol;
using Vdi.TestSupport.Fuzzing;

namespace Vdi.Display.Tests;

/// <summary>Fault 21 in the normal run: everything that the fuzzers of tests/Vdi.Fuzz begin with or ever found, and some of what they would make
/// of it.</summary>
[Collection(MemoryCollection.Name)]
public sealed class FuzzCorpusTests
{
    private const int Rounds = 200;

    /// <summary>What one input may cost though it lies about every size: an 8K row and a megabyte of what a frame may unpack to are its largest
    /// parts; the rest is what other tests allocate beside it.</summary>
    private const long MaxAllocated = 64L << 20;

    public static TheoryData<string> Seeds => [.. FuzzCorpus.Seeds().Keys];

    public static TheoryData<string> Targets => [.. FuzzTarget.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Seed_is_what_it_is_made_from(string name)
    {
        var seed = FuzzCorpus.Seeds()[name];
        Assert.Equal(seed, FuzzCorpus.Freeze(name, seed));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Corpus_is_taken_or_refused(string name)
    {
        var (target, taken) = (FuzzTarget.Of(name), 0);
        foreach (var file in FuzzCorpus.Of(name))
        {
            var bytes = await File.ReadAllBytesAsync(file);
            await FuzzRun.RunAsync(0, 1, _ => bytes, async input => taken += await target.TakesAsync(input) ? 1 : 0, _ => false, MaxAllocated);
        }

        // A screen's session always ends with the peer that left.
        Assert.True(taken > 0 || name is "dbus" or "rfb", "nothing was taken: the target tests nothing");
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Mutated_corpus_is_taken_or_refused(string name)
    {
        var (target, files) = (FuzzTarget.Of(name), FuzzCorpus.Of(name).Select(File.ReadAllBytes).ToList());
        for (var seed = 1; seed <= 3; seed++)
        {
            await FuzzRun.RunAsync(seed, Rounds, random => Mutations.Some([.. files[random.Next(files.Count)]], random), target.ReadAsync, e => e is ProtocolException, MaxAllocated);
        }
    }
}
