using System.Diagnostics;
using System.Text.Json;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Benchmarks.Images;

/// <summary>`vdi serve` over a copied image, and its first administrator.</summary>
internal sealed class ImageServer : IAsyncDisposable
{
    private const string Password = "a password of my own";

    /// <summary>No step takes so long, also on a computer that is busy.</summary>
    private const double Patience = 1800;
    private readonly VdiProcess _process;
    private readonly CopiedImage _image;

    private ImageServer(VdiProcess process, CopiedImage image) => (_process, _image, Admin) = (process, image, new Client(process.Address));

    public Client Admin { get; }

    public string Address => _process.Address;

    public string Image => _image.Name;

    public int Pid => _process.Pid;

    /// <summary>Whether the host has deleted all that was edited.</summary>
    public bool HasNoEdits => !Directory.EnumerateFileSystemEntries(_process.State.Edits).Any();

    private bool HasNetworks => Directory.Exists(_process.State.Networks) && Directory.EnumerateDirectories(_process.State.Networks).Any();

    public static async Task<ImageServer> StartAsync(CopiedImage image)
    {
        var server = new ImageServer(await VdiProcess.StartAsync(image.Name, warm: 0, image.Folder.Images, image.Folder.Templates), image);
        try
        {
            await server.Admin.SignInAsync("admin", server._process.Password);
            _ = (await server.Admin.PostAsync("/api/password", new { current = server._process.Password, next = Password })).Good;
            await server.HoldsAsync(async () => (await server.Admin.GetAsync($"/api/images/{image.Name}")).Status == 200, "the host tells of its images");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Orders a job.</summary>
    public async Task<Guid> OrderAsync(string path, object body) => (await Admin.PostAsync(path, body)).Good.GetProperty("id").GetGuid();

    /// <summary>Waits until the job is done, and returns it.</summary>
    public async Task<JsonElement> DoneAsync(Guid id, string what)
    {
        var job = default(JsonElement);
        await HoldsAsync(
            async () =>
            {
                job = (await Admin.GetAsync($"/api/images/jobs/{id}")).Good;
                return job.GetProperty("ended").ValueKind != JsonValueKind.Null;
            },
            what);
        return job.GetProperty("state").GetString() == "done" ? job : throw new InvalidOperationException($"{what}: {job.GetProperty("state")}: {job.GetProperty("step")}");
    }

    public async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        try
        {
            await Eventually.HoldsAsync(condition, what, Patience);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; the server says: {_process.Log}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndEditsAsync();
        Admin.Dispose();
        await _process.DisposeAsync();

        // What it was making of templates lies in the copy.
        await new TestEmulator(_image.Folder).EndAllAsync();
    }

    /// <summary>Editing machines outlive a server that is ended; in order they give their networks back, too.</summary>
    private async Task EndEditsAsync()
    {
        try
        {
            foreach (var job in (await Admin.GetAsync("/api/images/jobs?unfinished=true")).Good.GetProperty("items").EnumerateArray())
            {
                await Admin.PostAsync($"/api/images/jobs/{job.GetProperty("id")}/cancel");
            }

            await Eventually.HoldsAsync(
                async () =>
                {
                    foreach (var edit in (await Admin.GetAsync("/api/images/edits")).Good.GetProperty("items").EnumerateArray())
                    {
                        await Admin.DeleteAsync($"/api/images/edits/{edit.GetProperty("id")}");
                    }

                    return HasNoEdits && !HasNetworks;
                },
                "the editing machines and their networks are gone",
                60);
        }
        catch (Exception e) when (e is HttpRequestException or InvalidOperationException or TimeoutException)
        {
            Console.Error.WriteLine($"{e.Message}: they are ended");
        }
    }
}
