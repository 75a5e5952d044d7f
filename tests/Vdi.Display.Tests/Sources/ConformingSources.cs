using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests.Sources;

public sealed class RfbConformanceTests : LiveSourceConformance
{
    private protected override Task<ScriptedPeer> StartAsync(TimeProvider time) => Task.FromResult<ScriptedPeer>(new RfbPeer(time));
}

/// <summary>Pixels from shared memory.</summary>
public sealed class DBusMapConformanceTests : LiveSourceConformance
{
    private protected override Task<ScriptedPeer> StartAsync(TimeProvider time) => Task.FromResult<ScriptedPeer>(new DBusPeer(time, map: true).Start());
}

/// <summary>Pixels as copies: what QEMU does where its picture is not in memory that it can share.</summary>
public sealed class DBusCopyConformanceTests : LiveSourceConformance
{
    private protected override Task<ScriptedPeer> StartAsync(TimeProvider time) => Task.FromResult<ScriptedPeer>(new DBusPeer(time, map: false).Start());
}

public sealed class TestCardConformanceTests : SourceConformance
{
    private protected override Task<ScriptedPeer> StartAsync(TimeProvider time) => Task.FromResult<ScriptedPeer>(new TestCardPeer(time));
}
