using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Xunit;

namespace Vdi.TestSupport;

/// <summary>One template of the boot sector for all tests of a collection.</summary>
public sealed class BootSectorTemplate : IAsyncLifetime
{
    public TemporaryState State { get; } = new();

    public Template Template { get; private set; } = null!;

    public Forker Forker { get; private set; } = null!;

    public MachineDefinition Definition { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Definition = BootSector.Write(State.Folder.Root);
        var emulator = new TestEmulator(State.Folder);
        Template = await emulator.Templates.BuildAsync(Definition, "tcg", TimeSpan.FromSeconds(60), null, CancellationToken.None);
        Forker = emulator.Forker;
    }

    public async Task DisposeAsync()
    {
        await new TestEmulator(State.Folder).EndAllAsync();
        State.Dispose();
    }
}
