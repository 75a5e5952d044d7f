using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Templates;

/// <summary>States as QEMU really writes them, and as it does one time in sixteen.</summary>
[Collection(QemuCollection.Name)]
public sealed partial class SavedHeadsTests(BootSectorTemplate fixture)
{
    [Fact]
    public async Task State_that_is_whole_stays_as_it_is()
    {
        var state = await File.ReadAllBytesAsync(fixture.Template.State);
        var (mended, result) = await MendAsync(state);
        Assert.False(mended);
        Assert.Equal(state, result);
    }

    [Fact]
    public async Task Words_of_the_second_head_that_were_left_out_are_put_in_again()
    {
        var state = await File.ReadAllBytesAsync(fixture.Template.State);
        var (mended, result) = await MendAsync(Shorten(state));
        Assert.True(mended);

        // What is said of the devices at its end is only for people, and for us.
        var end = Describe(state).Index;
        Assert.Equal(state.AsSpan(0, end), result.AsSpan(0, end));
    }

    [Fact]
    public async Task State_that_is_not_understood_is_refused()
    {
        var state = await File.ReadAllBytesAsync(fixture.Template.State);
        await Assert.ThrowsAsync<MachineException>(() => MendAsync([]));
        await Assert.ThrowsAsync<MachineException>(() => MendAsync(state[..^1]));
        await Assert.ThrowsAsync<MachineException>(() => MendAsync(Shorten(Shorten(state))));
        var last = Describe(state).Index - 20;
        await Assert.ThrowsAsync<MachineException>(() => MendAsync([.. state.AsSpan(0, last), .. state.AsSpan(last + 1)]));
    }

    [Fact]
    public void Machine_of_before_there_were_two_heads_goes_on_with_one()
    {
        var written = JsonSerializer.SerializeToNode(fixture.Template.Machine)!.AsObject();
        Assert.True(written.Remove("Heads"));
        var read = written.Deserialize<MachineDefinition>()!;
        Assert.Equal(fixture.Template.Machine with { Heads = 1 }, read with { Backing = fixture.Template.Machine.Backing });
        Assert.Contains(QemuArguments.Devices(read, "tcg"), argument => argument.Contains(",max_outputs=1,", StringComparison.Ordinal));
    }

    private static async Task<(bool Mended, byte[] State)> MendAsync(byte[] state)
    {
        using var file = new MemoryStream();
        file.Write(state);
        return (await SavedHeads.MendAsync(file, default), file.ToArray());
    }

    /// <summary>As QEMU writes it that leaves out six words of the second head.</summary>
    private static byte[] Shorten(byte[] state)
    {
        const int Missing = 24;
        var name = "0000:00:01.0/virtio-gpu"u8;
        var at = state.AsSpan().IndexOf(name);
        var number = state.AsSpan(at - 5, 4);
        var end = at + state.AsSpan(at).IndexOf((byte[])[0x7e, .. number]);
        var (index, text) = Describe(state);
        var said = SizeOfPictures().Replace(text, found => $"{found.Groups[1].Value}{int.Parse(found.Groups[2].Value, CultureInfo.InvariantCulture) - Missing}");
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, said.Length);
        return [.. state.AsSpan(0, end - Missing), .. state.AsSpan(end, index - 4 - end), .. length, .. Encoding.ASCII.GetBytes(said)];
    }

    private static (int Index, string Text) Describe(byte[] state)
    {
        var index = state.AsSpan().LastIndexOf("{\"configuration\""u8);
        return (index, Encoding.ASCII.GetString(state.AsSpan(index)));
    }

    [GeneratedRegex("(\"name\": \"virtio-gpu\", \"type\": \"virtio-gpu\", \"size\": )([0-9]+)")]
    private static partial Regex SizeOfPictures();
}
