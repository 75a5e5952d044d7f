using System.Buffers.Binary;
using Vdi.Emulator.Importing;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport.Fuzzing;

namespace Vdi.Emulator.Tests.Importing;

public sealed class BootSectorsTests
{
    private const string EfiSystem = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
    private const string BiosBoot = "21686148-6449-6E6F-744E-656564454649";
    private const string Linux = "0FC63DAF-8483-4772-8E79-3D69D8477DE4";

    [Theory]
    [InlineData(512, new[] { EfiSystem, Linux }, Firmware.Uefi)]
    [InlineData(4096, new[] { Linux, EfiSystem }, Firmware.Uefi)]
    [InlineData(512, new[] { BiosBoot, EfiSystem }, Firmware.Uefi)]
    [InlineData(512, new[] { BiosBoot, Linux }, Firmware.Bios)]
    [InlineData(512, new[] { Linux }, null)]
    public void Partition_table_tells(int sector, string[] partitions, Firmware? firmware) => Assert.Equal(firmware, BootSectors.FirmwareOf(Table(sector, partitions)));

    [Theory]
    [InlineData(0xEB, 0x80, 0x83, Firmware.Bios)]
    [InlineData(0xEB, 0x00, 0x83, Firmware.Bios)]
    [InlineData(0x00, 0x80, 0x83, null)]
    [InlineData(0xEB, 0x00, 0x00, null)]
    [InlineData(0x00, 0x00, 0xEF, Firmware.Uefi)]
    [InlineData(0xEB, 0x61, 0x83, null)]
    public void Boot_record_tells(byte code, byte status, byte type, Firmware? firmware)
    {
        var disk = new byte[BootSectors.Bytes];
        (disk[0], disk[446], disk[450], disk[510], disk[511]) = (code, status, type, 0x55, 0xAA);
        Assert.Equal(firmware, BootSectors.FirmwareOf(disk));
        disk[511] = 0;
        Assert.Null(BootSectors.FirmwareOf(disk));
    }

    [Fact]
    public void Disk_of_nothing_tells_nothing()
    {
        Assert.Null(BootSectors.FirmwareOf([]));
        Assert.Null(BootSectors.FirmwareOf(new byte[BootSectors.Bytes]));
    }

    [Fact]
    public Task Mutated_table_is_read_or_not() => FuzzRun.RunAsync(
        1,
        2000,
        random => Mutations.Some(random.Next(2) == 0 ? Table(512, [Linux, EfiSystem])[..1600] : Table(512, [Linux])[512..620], random),
        bytes =>
        {
            BootSectors.FirmwareOf(bytes);
            BootSectors.FirmwareOf([.. new byte[512], .. bytes]);
            return Task.CompletedTask;
        },
        _ => false,
        1 << 24);

    private static byte[] Table(int sector, string[] partitions)
    {
        var disk = new byte[BootSectors.Bytes];
        (disk[446 + 4], disk[510], disk[511]) = (0xEE, 0x55, 0xAA);
        "EFI PART"u8.CopyTo(disk.AsSpan(sector));
        BinaryPrimitives.WriteUInt64LittleEndian(disk.AsSpan(sector + 72), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(disk.AsSpan(sector + 80), 128);
        BinaryPrimitives.WriteUInt32LittleEndian(disk.AsSpan(sector + 84), 128);
        for (var i = 0; i < partitions.Length; i++)
        {
            new Guid(partitions[i]).TryWriteBytes(disk.AsSpan((2 * sector) + (i * 128)));
        }

        return disk;
    }
}
