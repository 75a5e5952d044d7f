using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Vdi.Emulator.Disks;
using Vdi.Emulator.Machines;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Disks;

[Collection(QemuCollection.Name)]
public sealed class DiskChainTests(BootSectorTemplate fixture)
{
    [Fact]
    public void Disk_tree_names_every_format_and_ends_every_chain()
    {
        var node = DiskChain.Node(("/m/disk.qcow2", "qcow2"), ("/t/disk.qcow2", "qcow2"), ("/i/disk.qcow2", "qcow2"));
        var depth = 0;
        for (var level = node; level is not null; level = level["backing"]?.AsObject(), depth++)
        {
            Assert.Equal("qcow2", level["driver"]!.GetValue<string>());
            Assert.Equal("file", level["file"]!["driver"]!.GetValue<string>());
            Assert.Equal(depth > 0, level["read-only"]!.GetValue<bool>());
            Assert.True(level.ContainsKey("backing"), "QEMU would follow the file's own header");
        }

        Assert.Equal(3, depth);
    }

    [Fact]
    public async Task Overlay_that_names_another_backing_file_does_not_reach_it()
    {
        // A guest that broke out rewrote its overlay's header; what the next QEMU opens is what we say.
        using var state = new TemporaryState();
        var secret = Path.Combine(state.Folder.Root, "secret");
        File.Copy(fixture.Template.Disk, secret);
        var overlay = await TamperAsync(state, bytes => WithBacking(bytes, secret));
        var node = DiskChain.Node((overlay, "qcow2"), (fixture.Template.Disk, "qcow2"), (fixture.Definition.Disk, fixture.Definition.DiskFormat));
        Assert.DoesNotContain(secret, await OpenedByAsync(state, node));

        // Without our word the header is followed: the tampering is real.
        node.Remove("backing");
        Assert.Contains(secret, await OpenedByAsync(state, node));
    }

    [Fact]
    public async Task Overlay_whose_content_is_in_another_file_is_not_opened()
    {
        using var state = new TemporaryState();
        var overlay = await TamperAsync(state, bytes => bytes);
        Assert.Null(DiskChain.WhyNotOpened(overlay));
        overlay = await TamperAsync(state, bytes =>
        {
            bytes[79] |= 1 << 2;
            return bytes;
        });
        Assert.Contains("another file", DiskChain.WhyNotOpened(overlay), StringComparison.Ordinal);
        File.Delete(overlay);
        Assert.Contains("cannot be read", DiskChain.WhyNotOpened(overlay), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tool_that_hangs_is_ended_at_the_deadline_with_a_reason()
    {
        var failure = await Assert.ThrowsAsync<MachineException>(() => DiskChain.RunAsync("/bin/sleep", [Seconds(1)], TimeSpan.FromMilliseconds(100), default));
        Assert.Contains("did not end within", failure.Message, StringComparison.Ordinal);
        Assert.False(Runs(Seconds(1)));
    }

    [Fact]
    public async Task Tool_for_which_nobody_waits_any_more_is_ended()
    {
        using var stop = new CancellationTokenSource();
        var running = DiskChain.RunAsync("/bin/sleep", [Seconds(2)], TimeSpan.FromMinutes(10), stop.Token);
        await Eventually.HoldsAsync(() => Task.FromResult(Runs(Seconds(2))), "the tool runs");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(Runs(Seconds(2)));
    }

    /// <summary>A time that no other sleep on this computer has.</summary>
    private static string Seconds(int test) => string.Create(CultureInfo.InvariantCulture, $"{90000 + test}.{Environment.ProcessId}");

    private static bool Runs(string argument) => Directory.EnumerateDirectories("/proc").Any(folder =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "cmdline")) == $"/bin/sleep\0{argument}\0";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    private async Task<string> TamperAsync(TemporaryState state, Func<byte[], byte[]> change)
    {
        var overlay = Path.Combine(state.Folder.Root, "disk.qcow2");
        File.Delete(overlay);
        await DiskChain.CreateOverlayAsync(overlay, fixture.Template.Disk, "qcow2", default);
        await File.WriteAllBytesAsync(overlay, change(await File.ReadAllBytesAsync(overlay)));
        return overlay;
    }

    /// <summary>The files that a new QEMU opens when it is told of this disk.</summary>
    private async Task<List<string>> OpenedByAsync(TemporaryState state, JsonObject node)
    {
        var ram = Path.Combine(state.Folder.Root, "ram");
        FileOwner.Create(ram, null, fixture.Definition.MemoryMiB * 1024L * 1024);
        var process = QemuProcess.Start(state.Folder.Root, null, null, QemuArguments.Build(fixture.Definition, "tcg", MemoryMode.Template, ram, node, state.Folder.Root));
        try
        {
            await using var qmp = await QemuStart.ConnectAsync(state.Folder.Root, process, default);
            var nodes = await qmp.CallAsync("query-named-block-nodes", new JsonObject { ["flat"] = true }, default);
            return [.. nodes.EnumerateArray().Where(open => open.GetProperty("drv").GetString() == "file").Select(open => open.GetProperty("file").GetString()!)];
        }
        finally
        {
            await process.EndAsync(default);
            File.Delete(ram);
        }
    }

    /// <summary>A header with another backing file's name (QEMU docs/interop/qcow2, bytes 8 to 19).</summary>
    private static byte[] WithBacking(byte[] qcow2, string path)
    {
        var name = Encoding.UTF8.GetBytes(path);
        var offset = (int)BinaryPrimitives.ReadUInt64BigEndian(qcow2.AsSpan(8));
        name.CopyTo(qcow2, offset);
        BinaryPrimitives.WriteUInt32BigEndian(qcow2.AsSpan(16), (uint)name.Length);
        return qcow2;
    }
}
