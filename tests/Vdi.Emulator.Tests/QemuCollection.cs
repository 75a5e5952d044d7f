using Vdi.TestSupport;

namespace Vdi.Emulator.Tests;

[CollectionDefinition(Name)]
public sealed class QemuCollection : ICollectionFixture<BootSectorTemplate>
{
    public const string Name = "QEMU";
}
