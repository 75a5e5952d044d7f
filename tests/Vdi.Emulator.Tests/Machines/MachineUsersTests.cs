using Vdi.Emulator.Machines;
using Vdi.Emulator.Tests.Networks;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Machines;

[Collection(QemuCollection.Name)]
public sealed class MachineUsersTests(BootSectorTemplate fixture)
{
    [RootFact]
    public void User_that_one_server_took_is_not_taken_by_another()
    {
        var (one, other) = (new MachineUsers(), new MachineUsers());
        var (first, second) = (one.Take(), other.Take());
        Assert.NotEqual(first, second);
        one.Return(first);
        other.Return(second);
    }

    [RootFact]
    public void Returned_user_is_taken_again()
    {
        var folder = Directory.CreateTempSubdirectory("vdi-users").FullName;
        var users = new MachineUsers(folder);
        var first = users.Take();
        Assert.NotEqual(first, users.Take());
        users.Return(first);
        Assert.Equal(first, users.Take());
        Directory.Delete(folder, recursive: true);
    }

    [RootFact]
    public async Task Living_machine_holds_its_user_also_when_nobody_else_does()
    {
        using var state = new TemporaryState();
        var emulator = new TestEmulator(state.Folder);
        var machine = await emulator.Forker.ForkAsync(fixture.Template, Guid.NewGuid(), 1, network: null, default);
        try
        {
            var uid = machine.Record.Uid!.Value;
            Assert.InRange(uid, MachineUsers.First, MachineUsers.First + MachineUsers.Count - 1);

            // As the end of this process would: our copy is closed, QEMU has its own.
            emulator.Forker.Users.Return(uid);
            var taken = new MachineUsers();
            var another = taken.Take();
            Assert.NotEqual(uid, another);
            taken.Return(another);
        }
        finally
        {
            await machine.DestroyAsync(default);
        }
    }

    [RootFact]
    public async Task User_is_not_given_to_another_while_files_of_it_are_there()
    {
        using var state = new TemporaryState();
        var emulator = new TestEmulator(state.Folder);
        var machine = await emulator.Forker.ForkAsync(fixture.Template, Guid.NewGuid(), 1, network: null, default);
        machine.Process.Kill();
        await machine.Failed.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.True(await machine.Process.WaitForExitAsync(TimeSpan.FromSeconds(10), default));
        var next = await emulator.Forker.ForkAsync(fixture.Template, Guid.NewGuid(), 1, network: null, default);
        Assert.NotEqual(machine.Record.Uid, next.Record.Uid);
        await next.DestroyAsync(default);
        await machine.DestroyAsync(default);
        Assert.Null(emulator.Forker.Users.LockOf(machine.Record.Uid));
    }
}
