using System.Buffers.Binary;
using System.Text;
using Vdi.Emulator.Importing;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport.Fuzzing;

namespace Vdi.Emulator.Tests.Importing;

/// <summary>Headers that lie, each with the reason that people are told. Files of qemu-img's, and some made by hand, with a few bytes changed.</summary>
public sealed class DiskHeaderTests : IDisposable
{
    private const int Sector = 512;
    private readonly DiskFiles _files = new();

    [Fact]
    public void Seeds_are_taken()
    {
        Assert.Equal(DiskSeeds.VirtualBytes, Check(DiskSeeds.Qcow2(), MediumFormat.Qcow2));
        Assert.Equal(DiskSeeds.VirtualBytes, Check(DiskSeeds.Vmdk(), MediumFormat.Vmdk));
        Assert.Equal(DiskSeeds.VirtualBytes, Check(DiskSeeds.Vhdx(), MediumFormat.Vhdx));
        Assert.Equal(DiskSeeds.Iso().Length, Check(DiskSeeds.Iso(), MediumFormat.Iso));
        Assert.Equal(DiskSeeds.Udf().Length, Check(DiskSeeds.Udf(), MediumFormat.Iso));
        Assert.Equal(Sector, Check(new byte[Sector], MediumFormat.Raw));
    }

    [Theory]
    [InlineData(MediumFormat.Qcow2)]
    [InlineData(MediumFormat.Vmdk)]
    [InlineData(MediumFormat.Vhdx)]
    [InlineData(MediumFormat.Iso)]
    public void File_that_is_something_else_than_was_said_is_refused(MediumFormat format)
    {
        var bytes = format switch
        {
            MediumFormat.Qcow2 => DiskSeeds.Qcow2(),
            MediumFormat.Vmdk => DiskSeeds.Vmdk(),
            MediumFormat.Vhdx => DiskSeeds.Vhdx(),
            _ => DiskSeeds.Iso(),
        };
        foreach (var said in Enum.GetValues<MediumFormat>().Where(said => said != format))
        {
            Assert.Contains("Choose that", Refused(bytes, said), StringComparison.Ordinal);
        }

        Assert.Contains("does not begin like one", Refused(new byte[Sector], format), StringComparison.Ordinal);
    }

    public static TheoryData<string, int, byte[], int, string> OtherKinds => new()
    {
        { "description of a VMDK", 0, [.. "# Disk DescriptorFile\nversion=1"u8], 0, "export the disk as one file" },
        { "VMDK of an old ESX", 0, [.. "COWD"u8], 0, "qemu-img convert" },
        { "VDI", 64, [0x7F, 0x10, 0xDA, 0xBE], 0, "VirtualBox" },
        { "VHD, dynamic", 0, [.. "conectix"u8], 0, "Convert-VHD" },
        { "VHD, fixed", 1024, [.. "conectix"u8], 512 - 8, "Convert-VHD" },
        { "LUKS", 0, [.. "LUKS"u8, 0xBA, 0xBE], 0, "encrypted" },
        { "OVA", 257, [.. "ustar"u8], 0, "unpack" },
        { "ZIP", 0, [.. "PK"u8, 3, 4], 0, "unpack" },
        { "gzip", 0, [0x1F, 0x8B, 8], 0, "unpack" },
        { "xz", 0, [0xFD, .. "7zXZ"u8, 0], 0, "unpack" },
        { "zstd", 0, [0x28, 0xB5, 0x2F, 0xFD], 0, "unpack" },
        { "qcow", 0, [.. "QFI"u8, 0xFB, 0, 0, 0, 1], 0, "first qcow format" },
        { "QED", 0, [.. "QED"u8, 0], 0, "QED" },
        { "DMG", 1024, [.. "koly"u8], 512 - 4, "Apple" },
    };

    [Theory]
    [MemberData(nameof(OtherKinds))]
    public void Kind_that_is_not_taken_is_named_whatever_it_is_said_to_be(string what, int at, byte[] magic, int after, string words)
    {
        Assert.NotEmpty(what);
        var bytes = (byte[])[.. new byte[at], .. magic, .. new byte[after == 0 ? 4096 - at - magic.Length : after]];
        foreach (var said in Enum.GetValues<MediumFormat>())
        {
            Assert.Contains(words, Refused(bytes, said), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Raw_disk_of_no_whole_sectors_or_of_nothing_is_refused()
    {
        Assert.Contains("not whole", Refused(new byte[Sector + 1], MediumFormat.Raw), StringComparison.Ordinal);
        Assert.Contains("empty", Refused([], MediumFormat.Raw), StringComparison.Ordinal);
    }

    [Fact]
    public void Disk_that_is_too_large_is_refused()
    {
        var failure = Assert.Throws<MachineException>(() => DiskHeader.Check(new MemoryStream(DiskSeeds.Qcow2()), MediumFormat.Qcow2, new DiskLimits(DiskSeeds.VirtualBytes - 1, 0)));
        Assert.Contains("make it smaller", failure.Message, StringComparison.Ordinal);

        // Far beyond what the L1 table covers.
        Assert.Contains("L1 table", Refused(Big(DiskSeeds.Qcow2(), 24, 1L << 60), MediumFormat.Qcow2), StringComparison.Ordinal);
        Assert.Contains("a size of", Refused(Big(DiskSeeds.Qcow2(), 24, -512), MediumFormat.Qcow2), StringComparison.Ordinal);
        Assert.Contains("size of 0", Refused(Big(DiskSeeds.Qcow2(), 24, 0L), MediumFormat.Qcow2), StringComparison.Ordinal);
    }

    public static TheoryData<string, int, byte[], string> Qcow2Lies => new()
    {
        { "version 4", 4, [0, 0, 0, 4], "unknown version" },
        { "encrypted with AES", 32, [0, 0, 0, 1], "encrypted" },
        { "encrypted with LUKS", 32, [0, 0, 0, 2], "encrypted" },
        { "clusters of 256 bytes", 20, [0, 0, 0, 8], "clusters" },
        { "clusters of 2^255 bytes", 20, [0, 0, 0, 255], "clusters" },
        { "dirty", 79, [1], "not closed properly" },
        { "corrupt", 79, [2], "marked as corrupt" },
        { "data file", 79, [4], "in another file" },
        { "feature of nobody", 79, [0x20], "not known here" },
        { "feature of the far future", 72, [0x80], "not known here" },
        { "compression that is not named", 79, [8], "compression" },
        { "reference counts of 128 bits", 96, [0, 0, 0, 7], "reference counts" },
        { "header of 96 bytes", 100, [0, 0, 0, 96], "a length of" },
        { "header of 105 bytes", 100, [0, 0, 0, 105], "a length of" },
        { "header of 4 GiB", 100, [255, 255, 255, 248], "a length of" },
        { "no L1 table", 36, [0, 0, 0, 0], "L1 table" },
        { "L1 table of 32 GiB", 36, [255, 255, 255, 255], "L1 table" },
        { "L1 table in the header", 40, [0, 0, 0, 0, 0, 0, 0, 0], "L1 table" },
        { "L1 table between clusters", 40, [0, 0, 0, 0, 0, 0, 2, 8], "L1 table" },
        { "L1 table beyond the end", 40, [0, 0, 0, 0, 0, 16, 0, 0], "not whole" },
        { "L1 table beyond all files", 40, [255, 255, 255, 255, 255, 255, 254, 0], "L1 table" },
        { "refcount table beyond the end", 48, [0, 0, 0, 0, 0, 16, 0, 0], "not whole" },
        { "no refcount table", 56, [0, 0, 0, 0], "refcount table" },
        { "refcount table without end", 56, [255, 255, 255, 255], "refcount table" },
        { "snapshots without end", 60, [255, 255, 255, 255], "snapshots" },
        { "snapshots beyond the end", 60, [0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0, 0], "not whole" },
        { "data file's name", 104, [0x44, 0x41, 0x54, 0x41, 0, 0, 0, 4, (byte)'/', (byte)'e', (byte)'t', (byte)'c'], "in another file" },
        { "LUKS header", 104, [0x05, 0x37, 0xBE, 0x77, 0, 0, 0, 0], "encrypted" },
        { "extension without end", 104, [1, 2, 3, 4, 255, 255, 255, 255], "extensions" },
        { "backing file without a name", 8, [0, 0, 0, 0, 0, 0, 1, 0], "over another file:" },
        { "backing file's name without end", 8, [0, 0, 0, 0, 0, 0, 1, 0, 255, 255, 255, 255], "over another file:" },
    };

    [Theory]
    [MemberData(nameof(Qcow2Lies))]
    public void Qcow2_that_lies_or_does_not_stand_alone_is_refused(string what, int at, byte[] change, string words)
    {
        Assert.NotEmpty(what);
        Assert.Contains(words, Refused(Put(DiskSeeds.Qcow2(), at, change), MediumFormat.Qcow2), StringComparison.Ordinal);
    }

    [Fact]
    public void Backing_file_is_named_in_words_that_steer_nothing()
    {
        var name = Encoding.UTF8.GetBytes("/etc/\u001b[2Jpass\u202ewd" + new string('x', 300));
        var bytes = Put(DiskSeeds.Qcow2(), 8, [0, 0, 0, 0, 0, 0, 0, 112, 0, 0, (byte)(name.Length >> 8), (byte)name.Length]);
        var refusal = Refused(Put(bytes, 112, name), MediumFormat.Qcow2);
        Assert.Contains("'/etc/ [2Jpass wdx", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain(refusal, char.IsControl);
    }

    [Fact]
    public void Overlay_of_qemus_is_refused()
    {
        var (bottom, top) = (_files.Make(MediumFormat.Qcow2), _files["top"]);
        DiskFiles.QemuImg("create", "-q", "-f", "qcow2", "-b", bottom, "-F", "qcow2", top);
        Assert.Contains(bottom, Assert.Throws<MachineException>(() => DiskHeader.Check(top, MediumFormat.Qcow2, DiskLimits.Default)).Message, StringComparison.Ordinal);
        var data = _files["data"];
        DiskFiles.QemuImg("create", "-q", "-f", "qcow2", "-o", $"data_file={_files["raw"]}", data, "8M");
        Assert.Contains("another file", Assert.Throws<MachineException>(() => DiskHeader.Check(data, MediumFormat.Qcow2, DiskLimits.Default)).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, int, byte[], string> VmdkLies => new()
    {
        { "version 9", 4, [9, 0, 0, 0], "unknown version" },
        { "capacity 0, for which the description counts", 12, new byte[8], "capacity" },
        { "capacity beyond all disks", 12, [255, 255, 255, 255, 255, 255, 255, 255], "capacity" },
        { "capacity that is not the description's", 12, [0, 1, 0, 0, 0, 0, 0, 0], "another size" },
        { "grains of 0 sectors", 20, new byte[8], "grains" },
        { "grains of 24 sectors", 20, [24, 0, 0, 0, 0, 0, 0, 0], "grains" },
        { "tables of 0 entries", 44, new byte[4], "grains" },
        { "tables without end", 44, [255, 255, 255, 255], "grains" },
        { "no description", 28, new byte[16], "one of several files" },
        { "description beyond the end", 28, [16, 0, 0, 0, 0, 0, 0, 0], "description" },
        { "description without end", 36, [255, 255, 255, 255, 255, 255, 255, 255], "description" },
        { "no grain directory", 56, new byte[8], "grain directory" },
        { "grain directory beyond the end", 56, [255, 255, 255, 0, 0, 0, 0, 0], "grain directory" },
        { "grain directory at the end, where none is", 56, [255, 255, 255, 255, 255, 255, 255, 255], "footer" },
        { "changed line ends", 75, (byte[])[(byte)'\n'], "text mode" },
        { "unknown compression", 77, [2, 0], "compression" },
        { "compression that is not named", 77, [1, 0], "compression" },
    };

    [Theory]
    [MemberData(nameof(VmdkLies))]
    public void Vmdk_that_lies_is_refused(string what, int at, byte[] change, string words)
    {
        Assert.NotEmpty(what);
        Assert.Contains(words, Refused(Put(DiskSeeds.Vmdk(), at, change), MediumFormat.Vmdk), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("parentCID=ffffffff", "parentCID=12345678", "changed over another one")]
    [InlineData("parentCID=ffffffff", "parentFileNameHint=\"/etc/passwd\"", "'/etc/passwd'")]
    [InlineData("monolithicSparse", "twoGbMaxExtentSparse", "of the kind 'twoGbMaxExtentSparse'")]
    [InlineData("monolithicSparse", "monolithicFlat", "of the kind")]
    [InlineData("createType=", "otherType=", "of the kind ''")]
    [InlineData("SPARSE", "FLAT", "another size or kind")]
    [InlineData("RW 2048", "RW 4096", "another size or kind")]
    [InlineData("RW 2048", "RW 2048 SPARSE \"other\"\nRW 2048", "of 2 files")]
    [InlineData("RW 2048 SPARSE \"disk.vmdk\"", "", "of 0 files")]
    [InlineData("# Disk DescriptorFile", "", "no description")]
    [InlineData("CID=0badcafe", "encryption.keySafe = \"vmware:key/list\"", "encrypted")]
    public void Vmdk_whose_description_is_not_of_one_whole_file_is_refused(string old, string words, string reason) =>
        Assert.Contains(reason, Refused(DiskSeeds.Vmdk(text => text.Replace(old, words, StringComparison.Ordinal)), MediumFormat.Vmdk), StringComparison.Ordinal);

    [Fact]
    public void Vmdk_whose_directory_is_at_its_end_is_read_from_there()
    {
        // As a stream is written: header, description, directory, and then marker, footer and end.
        var header = Put(DiskSeeds.Vmdk(), 56, [255, 255, 255, 255, 255, 255, 255, 255]);
        var stream = (byte[])[.. header, .. new byte[Sector], .. DiskSeeds.Vmdk()[..Sector], .. new byte[Sector]];
        Assert.Equal(DiskSeeds.VirtualBytes, Check(stream, MediumFormat.Vmdk));
        Assert.Contains("footer", Refused(stream[..^Sector], MediumFormat.Vmdk), StringComparison.Ordinal);
        Assert.Contains("another size than its footer", Refused(Put(stream, stream.Length - (2 * Sector) + 12, [0, 16, 0, 0]), MediumFormat.Vmdk), StringComparison.Ordinal);
    }

    [Fact]
    public void Vhdx_that_lies_or_does_not_stand_alone_is_refused()
    {
        void Lies(int at, byte[] change, string words) => Assert.Contains(words, Refused(Put(DiskSeeds.Vhdx(), at, change), MediumFormat.Vhdx), StringComparison.Ordinal);
        Lies(DiskSeeds.VhdxParameters + 4, [2], "differencing");
        Lies(DiskSeeds.VhdxSize, new byte[8], "size of 0");
        Lies(DiskSeeds.VhdxSize, [1], "a size of");
        Lies(DiskSeeds.VhdxSize, [0, 0, 0, 0, 0, 0, 0, 0x7F], "fewer blocks");
        Lies(DiskSeeds.VhdxParameters, new byte[4], "blocks of");
        Lies(DiskSeeds.VhdxParameters, [0, 0, 0x30, 0], "blocks of");
        Lies(192 << 10, [0], "a table that is none");
        Lies((192 << 10) + 8, [255, 255, 255, 255], "a table that is none");
        Lies((192 << 10) + 8, [1], "not one region each");
        Lies((192 << 10) + 16, [9], "not known here");
        Lies((192 << 10) + 16 + 16, [1], "a region of");
        Lies((192 << 10) + 16 + 19, [0xFF], "not whole");
        Lies((1 << 20) + 10, [255, 255], "a table that is none");
        Lies((1 << 20) + 32 + 20, [9], "metadata at");
        Lies((1 << 20) + 32 + 16, [255, 255, 255, 255], "metadata at");
        Lies((1 << 20) + 32, [9], "not known here");
        Lies((1 << 20) + 32, new Guid("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C").ToByteArray(), "differencing");

        // Neither header is whole; the newer of two is; it names a log.
        Assert.Contains("no copy that is whole", Refused(Put(Put(DiskSeeds.Vhdx(), (128 << 10) + 100, [1]), (64 << 10) + 100, [1]), MediumFormat.Vhdx), StringComparison.Ordinal);
        Assert.Contains("log", Refused(DiskSeeds.Vhdx(header => header[50] = 1), MediumFormat.Vhdx), StringComparison.Ordinal);
        Assert.Contains("not known here", Refused(DiskSeeds.Vhdx(header => header[66] = 2), MediumFormat.Vhdx), StringComparison.Ordinal);
    }

    [Fact]
    public void Installer_that_lies_or_is_not_whole_is_refused()
    {
        Assert.Contains("not whole", Refused(DiskSeeds.Iso()[..^2048], MediumFormat.Iso), StringComparison.Ordinal);
        Assert.Contains("not whole", Refused(DiskSeeds.Udf()[..^2048], MediumFormat.Iso), StringComparison.Ordinal);
        Assert.Contains("blocks of", Refused(Put(DiskSeeds.Iso(), (16 * 2048) + 80, [9]), MediumFormat.Iso), StringComparison.Ordinal);
        Assert.Contains("blocks of", Refused(Put(DiskSeeds.Iso(), (16 * 2048) + 128, [9]), MediumFormat.Iso), StringComparison.Ordinal);
        Assert.Contains("no volume", Refused(Put(DiskSeeds.Iso(), 16 * 2048, [7]), MediumFormat.Iso), StringComparison.Ordinal);
        Assert.Contains("no anchor", Refused(Put(DiskSeeds.Udf(), 256 * 2048, [7]), MediumFormat.Iso), StringComparison.Ordinal);
        Assert.Contains("not whole", Refused(Put(DiskSeeds.Udf(), (256 * 2048) + 20, [0, 0, 0, 1]), MediumFormat.Iso), StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_is_not_there_is_a_reason() => Assert.Throws<MachineException>(() => DiskHeader.Check(_files["none"], MediumFormat.Raw, DiskLimits.Default));

    /// <summary>Fault 21 for files: the same ones in every run.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public Task Mutated_header_is_taken_or_refused(int seed)
    {
        // Where each has what its reader looks at: from, and how much.
        (MediumFormat Format, byte[] Bytes, (int At, int Length)[] Where)[] all =
        [
            (MediumFormat.Qcow2, DiskSeeds.Qcow2(), [(0, 120)]),
            (MediumFormat.Vmdk, DiskSeeds.Vmdk(), [(0, 80), (512, 300)]),
            (MediumFormat.Vhdx, DiskSeeds.Vhdx(), [(64 << 10, 80), (192 << 10, 80), (1 << 20, 160), (DiskSeeds.VhdxParameters, 40)]),
            (MediumFormat.Iso, DiskSeeds.Iso(), [(16 * 2048, 140)]),
            (MediumFormat.Iso, DiskSeeds.Udf(), [(16 * 2048, 140), (256 * 2048, 24), (257 * 2048, 200)]),
        ];
        var current = all[0];
        return FuzzRun.RunAsync(
            seed,
            1500,
            random =>
            {
                current = all[random.Next(all.Length)];
                var part = current.Where[random.Next(current.Where.Length)];
                return [.. BitConverter.GetBytes(part.At), .. Mutations.Some(current.Bytes[part.At..(part.At + part.Length)], random)];
            },
            mutated =>
            {
                var (at, bytes) = (BitConverter.ToInt32(mutated), current.Bytes.ToArray());
                mutated.AsSpan(4, Math.Min(mutated.Length - 4, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
                Assert.InRange(Check(bytes, current.Format), 1, DiskLimits.Default.MaxBytes);
                return Task.CompletedTask;
            },
            e => e is MachineException,
            64 << 20);
    }

    [Theory]
    [InlineData(MediumFormat.Qcow2)]
    [InlineData(MediumFormat.Vmdk)]
    [InlineData(MediumFormat.Vhdx)]
    [InlineData(MediumFormat.Iso)]
    public void File_cut_off_anywhere_in_its_headers_is_refused(MediumFormat format)
    {
        var bytes = format switch
        {
            MediumFormat.Qcow2 => DiskSeeds.Qcow2(),
            
            // Of its grain directory's sector one entry is used.
            MediumFormat.Vmdk => DiskSeeds.Vmdk()[..1028],
            MediumFormat.Vhdx => DiskSeeds.Vhdx(),
            _ => DiskSeeds.Iso(),
        };
        for (var length = 0; length < bytes.Length; length += Math.Max(1, bytes.Length / 500))
        {
            Assert.NotEmpty(Refused(bytes[..length], format));
        }
    }

    public void Dispose() => _files.Dispose();

    private static long Check(byte[] bytes, MediumFormat format) => DiskHeader.Check(new MemoryStream(bytes), format, DiskLimits.Default);

    private static string Refused(byte[] bytes, MediumFormat format) => Assert.Throws<MachineException>(() => Check(bytes, format)).Message;

    private static byte[] Put(byte[] bytes, int at, byte[] change)
    {
        change.CopyTo(bytes, at);
        return bytes;
    }

    private static byte[] Big(byte[] bytes, int at, long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(at), value);
        return bytes;
    }
}
