using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>The product with the tiny image, for all tests of the collection. VDI_TEST_IMAGES and VDI_TEST_TEMPLATES name folders
/// to share, so that one who tries the same test again need not wait for them again.</summary>
public sealed class TinyVdi : IAsyncLifetime
{
    public RunningVdi Vdi { get; private set; } = null!;

    /// <summary>Waits for the first machine, too: its template boots cold, which takes a minute alone and several on a busy computer.</summary>
    public async Task InitializeAsync()
    {
        Vdi = await RunningVdi.StartAsync("tiny", warm: 1, TestImages.Shared);
        try
        {
            await Vdi.MachineReadyAsync(600);
        }
        catch
        {
            // xunit does not dispose of a fixture that did not come up.
            await Vdi.DisposeAsync();
            throw;
        }
    }

    public async Task DisposeAsync() => await Vdi.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class TinyCollection : ICollectionFixture<TinyVdi>
{
    public const string Name = "tiny";
}
