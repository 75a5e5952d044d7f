using Vdi.Emulator.Disks;
using Vdi.Emulator.Importing;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Tests.Networks;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Importing;

/// <summary>Real files through the real sandbox.</summary>
public sealed class DiskConverterTests : IDisposable
{
    private static readonly DiskLimits Limits = DiskLimits.Default with { SpareBytes = 1 << 20 };
    private readonly DiskFiles _files = new();
    private readonly DiskConverter _converter = new();

    private string Target => _files["target.qcow2"];

    [Theory]
    [InlineData(MediumFormat.Raw, "")]
    [InlineData(MediumFormat.Qcow2, "")]
    [InlineData(MediumFormat.Qcow2, "compat=0.10,cluster_size=4k")]
    [InlineData(MediumFormat.Qcow2, "compression_type=zstd,extended_l2=on,cluster_size=128k")]
    [InlineData(MediumFormat.Vmdk, "subformat=monolithicSparse")]
    [InlineData(MediumFormat.Vmdk, "subformat=streamOptimized")]
    [InlineData(MediumFormat.Vhdx, "subformat=dynamic")]
    [InlineData(MediumFormat.Vhdx, "subformat=fixed")]
    public async Task Disk_is_the_same_afterwards(MediumFormat format, string options)
    {
        var source = _files.Make(format, options);
        var percent = new Percent();
        var disk = await _converter.ConvertAsync(source, format, Target, Limits, percent, default);
        Assert.Equal(new ImportedDisk(8 * DiskFiles.MiB, null), disk);
        DiskFiles.QemuImg("compare", "-f", "raw", "-F", "qcow2", _files.Raw(), Target);
        DiskFiles.QemuImg("check", "-f", "qcow2", Target);
        Assert.Equal(8 * DiskFiles.MiB, DiskHeader.Check(Target, MediumFormat.Qcow2, Limits));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Target));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(source));
        Assert.True(File.Exists(source));
        Assert.Equal(percent.Told.Order().Distinct(), percent.Told);
        Assert.Equal(100, percent.Told[^1]);
        Assert.True(percent.Told.Count > 1);
        Assert.Empty(Directory.EnumerateFiles(_files.Folder, "*.head"));
    }

    [Fact]
    public async Task Conversion_that_is_cancelled_leaves_nothing_and_nobody()
    {
        var source = _files.Make(MediumFormat.Raw, mebibytes: 512);
        using var stop = new CancellationTokenSource();
        var percent = new Percent { Heard = _ => stop.Cancel() };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _converter.ConvertAsync(source, MediumFormat.Raw, Target, Limits, percent, stop.Token));
        Assert.True(percent.Told[^1] < 100);
        AssertNothingLeft();

        // The same user is taken again, and the source is ours.
        Assert.NotNull(await _converter.ConvertAsync(source, MediumFormat.Raw, Target, Limits, null, default));
    }

    [Fact]
    public async Task Disk_whose_end_is_missing_is_refused_by_the_check()
    {
        foreach (var (format, options) in new[] { (MediumFormat.Qcow2, ""), (MediumFormat.Vmdk, "subformat=monolithicSparse"), (MediumFormat.Vhdx, "") })
        {
            var source = _files.Make(format, options);
            using (var file = File.OpenWrite(source))
            {
                file.SetLength(file.Length - (3 * DiskFiles.MiB));
            }

            var failure = await Assert.ThrowsAsync<MachineException>(() => _converter.ConvertAsync(source, format, Target, Limits, null, default));
            Assert.True(failure.Message.Contains("not whole", StringComparison.Ordinal) || failure.Message.Contains("cannot be read", StringComparison.Ordinal), $"{format}: {failure.Message}");
            AssertNothingLeft();
        }
    }

    [Fact]
    public async Task Damaged_tables_are_refused()
    {
        // The first entry of the L1 table points to the header.
        var source = _files.Make(MediumFormat.Qcow2);
        var header = new byte[48];
        using (var file = File.OpenRead(source))
        {
            file.ReadExactly(header);
        }

        var l1 = System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(header.AsSpan(40));
        var failure = await Assert.ThrowsAsync<MachineException>(() => _converter.ConvertAsync(_files.Changed(source, l1, 0x80, 0, 0, 0, 0, 0, 0, 0), MediumFormat.Qcow2, Target, Limits, null, default));
        Assert.Contains("damaged", failure.Message, StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact]
    public async Task Disk_without_room_for_it_is_a_shortage()
    {
        var source = _files.Make(MediumFormat.Raw);
        var shortage = await Assert.ThrowsAsync<ShortageException>(() => _converter.ConvertAsync(source, MediumFormat.Raw, Target, Limits with { SpareBytes = 1L << 60 }, null, default));
        Assert.Contains("add disk", shortage.Message, StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [RootFact]
    public async Task Disk_that_becomes_full_meanwhile_is_a_shortage()
    {
        using var disk = new SmallDisk(16);
        var target = Path.Combine(disk.Folder, "target.qcow2");
        var source = _files.Make(MediumFormat.Raw, mebibytes: 64);
        var shortage = await Assert.ThrowsAsync<ShortageException>(() => _converter.ConvertAsync(source, MediumFormat.Raw, target, Limits with { SpareBytes = -(1L << 40) }, null, default));
        Assert.Contains("became full", shortage.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(disk.Folder));
    }

    [Fact]
    public async Task Target_that_is_there_is_not_touched()
    {
        await File.WriteAllTextAsync(Target, "precious");
        await Assert.ThrowsAsync<MachineException>(() => _converter.ConvertAsync(_files.Make(MediumFormat.Raw), MediumFormat.Raw, Target, Limits, null, default));
        Assert.Equal("precious", await File.ReadAllTextAsync(Target));
    }

    [Fact]
    public async Task Installer_is_not_converted() =>
        await Assert.ThrowsAsync<MachineException>(() => _converter.ConvertAsync(_files.Raw(), MediumFormat.Iso, Target, Limits, null, default));

    [Theory]
    [InlineData(MediumFormat.Raw)]
    [InlineData(MediumFormat.Qcow2)]
    public async Task Layers_become_one_file(MediumFormat format)
    {
        // The middle layer says of itself that it stands over something else.
        var (bottom, middle, top) = (_files.Make(MediumFormat.Qcow2), _files["middle"], _files["top"]);
        var other = _files["other"];
        DiskFiles.QemuImg("create", "-q", "-f", "qcow2", other, "8M");
        await DiskChain.CreateOverlayAsync(middle, bottom, "qcow2", default);
        await DiskChain.CreateOverlayAsync(top, middle, "qcow2", default);
        var wanted = _files["wanted.raw"];
        DiskFiles.QemuImg("convert", "-f", "qcow2", "-O", "raw", top, wanted);
        DiskFiles.QemuImg("rebase", "-u", "-f", "qcow2", "-b", other, "-F", "qcow2", middle);
        DiskFiles.QemuImg("rebase", "-u", "-f", "qcow2", "-b", "", top);
        string[] layers = [top, middle, bottom];
        foreach (var layer in layers)
        {
            FileOwner.Seal(layer);
        }

        var percent = new Percent();
        await _converter.ExportAsync(layers, format, Target, Limits, percent, default);
        DiskFiles.QemuImg("compare", "-f", "raw", "-F", format.ToString().ToLowerInvariant(), wanted, Target);
        Assert.Equal(8 * DiskFiles.MiB, DiskHeader.Check(Target, format, Limits));
        Assert.Equal(100, percent.Told[^1]);
    }

    [Fact]
    public async Task Export_that_fails_leaves_nothing()
    {
        var layer = _files.Make(MediumFormat.Qcow2);
        FileOwner.Seal(layer);
        await Assert.ThrowsAsync<ShortageException>(() => _converter.ExportAsync([layer], MediumFormat.Raw, Target, Limits with { SpareBytes = 1L << 60 }, null, default));
        await Assert.ThrowsAsync<MachineException>(() => _converter.ExportAsync([_files.Raw()], MediumFormat.Raw, Target, Limits, null, default));
        await Assert.ThrowsAsync<MachineException>(() => _converter.ExportAsync([layer], MediumFormat.Vmdk, Target, Limits, null, default));
        AssertNothingLeft();
    }

    public void Dispose() => _files.Dispose();

    private void AssertNothingLeft()
    {
        Assert.False(File.Exists(Target));
        Assert.Empty(Directory.EnumerateFiles(_files.Folder, "*.head"));
    }

    /// <summary>Hears at once, on the thread that reports.</summary>
    private sealed class Percent : IProgress<double>
    {
        public List<double> Told { get; } = [];

        public Action<double> Heard { get; init; } = _ => { };

        public void Report(double value)
        {
            Told.Add(value);
            Heard(value);
        }
    }
}
