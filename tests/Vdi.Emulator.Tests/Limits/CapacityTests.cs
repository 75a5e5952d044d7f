using Vdi.Emulator.Limits;
using Vdi.Emulator.Machines;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Limits;

/// <summary>Over a proc(5) of the test's own: 4000 MiB free, and whatever it says of processes.</summary>
public sealed class CapacityTests : IDisposable
{
    private readonly TemporaryState _state = new();
    private readonly string _proc = Directory.CreateTempSubdirectory("vdi-proc").FullName;

    public CapacityTests() => Free(4000);

    [Fact]
    public void Fork_that_has_not_grown_yet_keeps_its_memory_from_the_next()
    {
        // Each may write 1000 MiB of its 2000, and 1000 are to stay free: three fit, whatever is free while they are small.
        var capacity = Open();
        for (var i = 0; i < 3; i++)
        {
            capacity.ClaimMachine(2000);
        }

        var shortage = Assert.Throws<ShortageException>(() => capacity.ClaimMachine(2000));
        Assert.Contains("running machines may still use 3000", shortage.Message, StringComparison.Ordinal);
        Assert.NotNull(capacity.ShortageFor(2000));
    }

    [Fact]
    public void What_a_fork_has_written_is_not_counted_twice()
    {
        var capacity = Open();
        using var claim = capacity.ClaimMachine(2000);
        claim.GiveTo(QemuProcess.Current);
        Private(600);
        Free(3400);
        Assert.Equal(400, claim.OutstandingMiB(_proc));

        // 3400 free, 400 of them promised: two more fit beside the 1000 that stay free.
        capacity.ClaimMachine(2000);
        capacity.ClaimMachine(2000);
        Assert.Throws<ShortageException>(() => capacity.ClaimMachine(2000));

        // One that grew beyond its share is promised nothing more.
        Private(5000);
        Assert.Equal(0, claim.OutstandingMiB(_proc));
    }

    [Fact]
    public void Forks_at_the_same_time_do_not_count_the_same_free_memory()
    {
        var capacity = Open();
        var claimed = 0;
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            try
            {
                capacity.ClaimMachine(2000);
                Interlocked.Increment(ref claimed);
            }
            catch (ShortageException)
            {
                // As it should be for all but three.
            }
        });
        Assert.Equal(3, claimed);
    }

    [Fact]
    public void Claim_of_a_fork_that_failed_or_ended_is_free_again()
    {
        var capacity = Open();
        var failed = capacity.ClaimMachine(6000);
        Assert.Throws<ShortageException>(() => capacity.ClaimMachine(6000));
        failed.Dispose();
        capacity.ClaimMachine(6000).GiveTo(new QemuProcess(Environment.ProcessId, QemuProcess.Current.StartTicks + 1));
        capacity.ClaimMachine(6000);
    }

    [Fact]
    public void Machine_of_an_earlier_process_counts_as_well()
    {
        var capacity = Open();
        capacity.Adopt(QemuProcess.Current, 6000);
        Private(0);
        Assert.Throws<ShortageException>(() => capacity.ClaimMachine(2000));
    }

    [Fact]
    public void Template_needs_room_and_says_so()
    {
        var capacity = Open();
        Assert.Null(capacity.TemplateShortageFor(2000));
        capacity.ClaimTemplate(6000);
        Assert.Contains("another template needs", Assert.Throws<ShortageException>(() => capacity.ClaimTemplate(2000)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Template_is_not_built_where_there_is_no_room()
    {
        var emulator = new TestEmulator(_state.Folder, new CapacityOptions { SpareMemoryMiB = 1L << 40 });
        await Assert.ThrowsAsync<ShortageException>(() => emulator.Templates.BuildAsync(BootSector.Write(_state.Folder.Root), "tcg", TimeSpan.FromMinutes(1), null, default));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_state.Folder.Templates));
    }

    public void Dispose()
    {
        _state.Dispose();
        Directory.Delete(_proc, recursive: true);
    }

    private Capacity Open() => new(_state.Folder, new CapacityOptions { SpareMemoryMiB = 1000, PrivateShare = 0.5, SpareDiskMiB = 0 }, _proc);

    private void Free(int mebibytes) => File.WriteAllText(Path.Combine(_proc, "meminfo"), $"MemTotal:       9999999 kB\nMemAvailable:   {mebibytes * 1024} kB\n");

    private void Private(int mebibytes) =>
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_proc, $"{Environment.ProcessId}")).FullName, "status"), $"Name:\tqemu\nRssAnon:\t  {mebibytes * 1024} kB\nRssFile:\t 7 kB\n");
}
