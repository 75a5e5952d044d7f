using Vdi.Emulator.Images;
using Vdi.Emulator.Templates;

namespace Vdi.TestSupport;

/// <summary>Images and templates that tests share, made once for all of them; without any, each state folder gets its own.</summary>
/// <param name="Images">Folder of images, or null to build what is asked for.</param>
/// <param name="Templates">Folder of templates of those images, or null to make each anew.</param>
public sealed record TestImages(string? Images, string? Templates)
{
    /// <summary>What VDI_TEST_IMAGES and VDI_TEST_TEMPLATES name.</summary>
    public static TestImages Shared { get; } = new(Variable("VDI_TEST_IMAGES"), Variable("VDI_TEST_TEMPLATES"));

    /// <summary>Puts the image, and the templates, in the place of the state folder's own.</summary>
    /// <exception cref="InvalidOperationException">It was to be there and is not: building it in each test would take hours.</exception>
    public async Task<ImageStore> ProvideAsync(string image, TemporaryState state)
    {
        var store = new ImageStore(state.Folder, Path.Combine(Repository.Root, "deploy", "image"), TimeProvider.System);
        if (Images is null)
        {
            await store.BuildAsync(image, "test", "", null, default);
            return store;
        }

        if (!Directory.Exists(Path.Combine(Images, image)))
        {
            throw new InvalidOperationException($"Image '{image}' is not in {Images}: its build failed, or VDI_TEST_IMAGES names the wrong folder");
        }

        state.Borrow(state.Folder.Images, Images);

        // A template names its image's place, so it is of use only beside the images it was made from.
        if (Templates is not null)
        {
            if (!Directory.Exists(Templates) || !Directory.EnumerateDirectories(Templates, $"{image}-*").Any())
            {
                throw new InvalidOperationException($"No template of image '{image}' is in {Templates}: making it failed, or VDI_TEST_TEMPLATES names the wrong folder");
            }

            state.Borrow(state.Folder.Templates, Templates);
        }

        return store;
    }

    /// <summary>A template of the tiny image, whose guest is a real one with an agent.</summary>
    public async Task<Template> TinyAsync(TemporaryState state, TestEmulator emulator) =>
        await emulator.Supply(await ProvideAsync("tiny", state)).GetAsync("tiny", size: null, app: null, null, default);

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
