using System.CommandLine;
using Vdi.Emulator.Images;
using Vdi.Emulator;

namespace Vdi.Server.Commands;

/// <summary>vdi image: golden images from recipes.</summary>
internal static class ImageCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "Name of the recipe" };
        var ifMissing = new Option<bool>("--if-missing") { Description = "Do nothing where the image is there" };
        var build = new Command("build", "Builds an image from its recipe") { name, ifMissing };
        build.SetAction((result, stop) => BuildAsync(result.GetValue(name)!, result.GetValue(ifMissing), stop));
        var list = new Command("list", "Lists the images here");
        list.SetAction(_ =>
        {
            foreach (var image in CommandServices.Get<ImageStore>().List().OrderBy(image => image.Name).ThenBy(image => image.Built))
            {
                Console.WriteLine($"{image.Name}\t{image.Version}\t{image.Built:u}\t{image.Hardware.MemoryMiB} MiB");
            }
        });
        var image = new Command("image", "Golden images") { build, list };
        foreach (var verb in ImageVerbs.All())
        {
            image.Subcommands.Add(verb);
        }

        return image;
    }

    private static Task<int> BuildAsync(string name, bool ifMissing, CancellationToken stop) => CommandFailure.GuardAsync($"Building image '{name}'", async () =>
    {
        var images = CommandServices.Get<ImageStore>();
        if (ifMissing && images.Find(name) is { } there)
        {
            Console.WriteLine($"Image {name} is there, version {there.Version}");
            return;
        }

        Image? image = null;
        await CommandProgress.RunAsync($"Image {name}", async report =>
        {
            image = await images.BuildAsync(name, Environment.UserName, "", new Relay<ImageProgress>(step => report(step.Title, step.Steps == 0 ? 1 : Math.Min(1, (step.Step - 1 + ((step.Percent ?? 0) / 100.0)) / step.Steps))), stop);
        });
        Console.WriteLine($"Image {name} is built, version {image!.Version}");
    });
}
