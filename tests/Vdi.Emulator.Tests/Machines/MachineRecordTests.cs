using Vdi.Emulator.Machines;
using Vdi.Protocol.UnixSockets;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Machines;

public sealed class MachineRecordTests
{
    [Theory]
    [InlineData("", DisplayProtocol.Rfb)]
    [InlineData(""", "Display": "DBus" """, DisplayProtocol.DBus)]
    public void Record_of_a_version_that_knew_RFB_only_means_RFB(string display, DisplayProtocol expected)
    {
        using var state = new TemporaryState();
        File.WriteAllText(
            Path.Combine(state.Folder.Root, MachineRecord.FileName),
            $$"""{ "Id": "{{Guid.NewGuid()}}", "Epoch": 1, "Template": "t", "Uid": null, "Pid": 1, "StartTicks": 1, "Boot": "b", "HasAgent": false, "Complete": true, "Times": null{{display}} }""");
        var record = MachineRecord.TryRead(state.Folder.Root)!;
        Assert.Equal(expected, record.Display);
        record.Write(state.Folder.Root);
        Assert.Equal(record, MachineRecord.TryRead(state.Folder.Root));
    }
}
