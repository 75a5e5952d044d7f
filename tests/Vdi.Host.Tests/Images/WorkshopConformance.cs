using Microsoft.Extensions.DependencyInjection;
using Vdi.Emulator.Images;
using Vdi.Host.Fakes;
using Vdi.Host.Images;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Images;

/// <summary>What every host that makes images says and does towards its broker: the real one, and the fake.</summary>
public abstract class WorkshopConformance : HostUnderTest
{
    private protected const string Image = "work";
    private static readonly string[] Nothing = [];

    /// <summary>Orders go no further than to be under way.</summary>
    private protected abstract void Hold();

    [Fact]
    public async Task Order_is_carried_out_once_and_its_outcome_is_told_until_the_order_is_not_said_any_more()
    {
        var order = New(new BuildImage("small", "kim", "first"));
        await SayAsync(orders: order);
        var done = await OverAsync(order);
        Assert.Equal(JobState.Done, done.State);
        await SayAsync(orders: order);
        await SayAsync(orders: order);
        var made = Assert.Single(Newest!.Versions!, version => version.Name == "small");
        Assert.Equal(("kim", "first", ImageOrigin.Recipe, done.Result), (made.Details!.Author, made.Details.Notes, made.Details.Origin, made.Version));
        Assert.Equal(done, JobOf(order));
        await SayAsync();
        await HoldsAsync(() => Newest!.Workshop!.Jobs.Count == 0, "the outcome is forgotten");
    }

    [Fact]
    public async Task Order_that_is_cancelled_leaves_nothing()
    {
        Hold();
        var order = New(new BuildImage("small", "kim", ""));
        await SayAsync(orders: order);
        await HoldsAsync(() => JobOf(order) is { State: JobState.Running, Fraction: not null }, "it is under way");
        await SayAsync(orders: order with { Cancelled = true });
        Assert.Equal(JobState.Cancelled, (await OverAsync(order)).State);
        Assert.DoesNotContain(Newest!.Versions!, version => version.Name == "small");
    }

    [Fact]
    public async Task Order_that_is_cancelled_before_it_began_is_not_begun()
    {
        var order = New(new BuildImage("small", "kim", "")) with { Cancelled = true };
        await SayAsync(orders: order);
        Assert.Equal(JobState.Cancelled, (await OverAsync(order)).State);
        Assert.DoesNotContain(Newest!.Versions!, version => version.Name == "small");
    }

    [Fact]
    public async Task What_is_not_there_is_not_worked_on_and_that_is_said()
    {
        var (nobody, machine) = (Guid.NewGuid(), Guid.NewGuid());
        var orders = new ImageWork[]
        {
            new BuildImage("nothing", "kim", ""), new ImportImage(nobody, "mine", MediumFormat.Raw, null, "kim", ""), new TestImage(Image, "none", null), new UpdateImage(Image, "none", "kim", "", PoolNetwork.Isolated("p")),
            new ExportImage(Image, "none", MediumFormat.Raw), new StartEdit(machine), new SaveCheckpoint(machine, nobody, "x"), new GoBack(machine, nobody), new DropCheckpoint(machine, nobody), new PublishEdit(machine, "kim", "", false),
        }.Select(New).ToArray();
        await SayAsync(orders: orders);
        foreach (var order in orders)
        {
            var job = await OverAsync(order);
            Assert.True(job.State == JobState.Failed, $"{order.Work}: {job}");
            Assert.True(job.Step.Length > 20, $"{order.Work}: {job.Step}");
        }

        // What is gone already was deleted.
        var gone = New(new DeleteImage(Image, "none"));
        await SayAsync(orders: gone);
        Assert.Equal(JobState.Done, (await OverAsync(gone)).State);
    }

    [Fact]
    public async Task Version_that_is_deleted_is_not_reported_any_more()
    {
        var version = await VersionAsync();
        var order = New(new DeleteImage(Image, version));
        await SayAsync(orders: order);
        Assert.Equal(JobState.Done, (await OverAsync(order)).State);
        await HoldsAsync(() => Newest!.Versions!.All(known => known.Name != Image), "it is gone");
    }

    [Fact]
    public async Task Editing_machine_is_made_once_kept_while_it_is_desired_and_never_made_again()
    {
        var edit = Edit(await VersionAsync());
        await SayAsync([edit]);
        await ReadyAsync(edit);
        await SayAsync([edit with { Create = false, Epoch = 4 }]);
        await HoldsAsync(() => EditOf(edit) is { Epoch: 4 }, "it knows the new epoch");
        Assert.Equal((Image, edit.Version, 0), (EditOf(edit)!.Image, EditOf(edit)!.Version, EditOf(edit)!.Checkpoints.Count));
        Assert.NotNull((await AdmitAsync(edit.Machine, 3)).Refusal);
        Assert.Null((await AdmitAsync(edit.Machine, 4)).Refusal);
        await SayAsync();
        await HoldsAsync(() => EditOf(edit) is null, "it is gone");
        await SayAsync([edit with { Create = false }]);
        await Task.Delay(500);
        Assert.Null(EditOf(edit));
        Assert.NotNull((await AdmitAsync(edit.Machine, 5)).Refusal);
    }

    [Fact]
    public async Task Checkpoints_lie_one_after_the_other_and_where_one_goes_the_next_takes_its_place()
    {
        var edit = Edit(await VersionAsync());
        await SayAsync([edit]);
        await ReadyAsync(edit);
        var (first, second) = (new SaveCheckpoint(edit.Machine, Guid.NewGuid(), "one"), new SaveCheckpoint(edit.Machine, Guid.NewGuid(), "two"));
        foreach (var save in (SaveCheckpoint[])[first, second])
        {
            await DoneAsync(edit, save);
            await HoldsAsync(() => EditOf(edit)!.At == save.Checkpoint, "it is at the checkpoint");
        }

        Assert.Equal([(first.Checkpoint, "one", null), (second.Checkpoint, "two", first.Checkpoint)], Checkpoints(edit));
        Assert.All(EditOf(edit)!.Checkpoints, checkpoint => Assert.True(checkpoint.Bytes > 0));

        await DoneAsync(edit, new GoBack(edit.Machine, first.Checkpoint));
        await HoldsAsync(() => EditOf(edit) is { State: MachineState.Ready } there && there.At == first.Checkpoint, "it went back");
        Assert.Equal(2, EditOf(edit)!.Checkpoints.Count);

        await DoneAsync(edit, new DropCheckpoint(edit.Machine, first.Checkpoint));
        await HoldsAsync(() => EditOf(edit)!.Checkpoints.Count == 1, "the checkpoint is gone");
        Assert.Equal([(second.Checkpoint, "two", null)], Checkpoints(edit));
        Assert.Null(EditOf(edit)!.At);
        var back = New(new GoBack(edit.Machine, first.Checkpoint));
        await SayAsync([edit], back);
        Assert.Equal(JobState.Failed, (await OverAsync(back)).State);
    }

    [Fact]
    public async Task File_that_is_admitted_is_reported_with_what_came_of_it_and_only_what_is_there_is_given_out()
    {
        var (ticket, upload) = (NewTicket(), Guid.NewGuid());
        await Broker.SendAsync(new AdmitUpload(ticket, upload, 4096, null, TimeProvider.System.GetUtcNow().AddHours(1)), default);
        Assert.Null((await AnswerAsync<AdmittedFile>(admitted => admitted.TicketHash == ticket)).Refusal);
        await SayAsync([], [upload]);
        await HoldsAsync(() => Newest?.Workshop?.Uploads.Contains(new HostUpload(upload, 0, 4096)) == true, "it is reported");

        var download = NewTicket();
        await Broker.SendAsync(new AdmitDownload(download, Guid.NewGuid(), "mine.qcow2", TimeProvider.System.GetUtcNow().AddHours(1)), default);
        Assert.NotNull((await AnswerAsync<AdmittedFile>(admitted => admitted.TicketHash == download)).Refusal);
    }

    /// <summary>A version of an image to work with.</summary>
    private protected abstract Task<string> MakeVersionAsync();

    private async Task<string> VersionAsync()
    {
        var version = await MakeVersionAsync();
        await SayAsync();
        await HoldsAsync(() => Newest?.Versions?.Any(known => known.Version == version) == true, "the version is reported");
        return version;
    }

    private static DesiredEdit Edit(string version) => new(Guid.NewGuid(), 1, Create: true, Image, version, null, null, Nothing, PoolNetwork.Isolated("edit"));

    private static ImageOrder New(ImageWork work) => new(Guid.NewGuid(), work);

    private async Task SayAsync(IReadOnlyList<DesiredEdit>? edits = null, params ImageOrder[] orders) => await Broker.SendAsync(new DesiredState([], edits ?? [], orders), default);

    private async Task SayAsync(IReadOnlyList<DesiredEdit> edits, IReadOnlyList<Guid> uploads) => await Broker.SendAsync(new DesiredState([], edits, []) { Uploads = uploads }, default);

    private Task SayAsync(params ImageOrder[] orders) => SayAsync(null, orders);

    private ImageJob? JobOf(ImageOrder order) => Newest?.Workshop?.Jobs.FirstOrDefault(job => job.Id == order.Id);

    private ActualEdit? EditOf(DesiredEdit edit) => Newest?.Workshop?.Edits.FirstOrDefault(there => there.Machine == edit.Machine);

    private IEnumerable<(Guid, string, Guid?)> Checkpoints(DesiredEdit edit) => EditOf(edit)!.Checkpoints.Select(checkpoint => (checkpoint.Id, checkpoint.Name, checkpoint.After));

    private Task ReadyAsync(DesiredEdit edit) => HoldsAsync(() => EditOf(edit) is { State: MachineState.Ready }, "the editing machine is ready");

    private async Task DoneAsync(DesiredEdit edit, ImageWork work)
    {
        var order = New(work);
        await SayAsync([edit], order);
        var job = await OverAsync(order);
        Assert.True(job.State == JobState.Done, $"{work}: {job}");
    }

    private async Task<ImageJob> OverAsync(ImageOrder order)
    {
        await HoldsAsync(() => JobOf(order) is { State: JobState.Done or JobState.Failed or JobState.Cancelled }, $"{order.Work.GetType().Name} is over");
        return JobOf(order)!;
    }

    private static Task HoldsAsync(Func<bool> condition, string what) => Eventually.HoldsAsync(() => Task.FromResult(condition()), what, 60);
}

public sealed class FakeWorkshopTests : WorkshopConformance
{
    private FakeHost _host = null!;

    private protected override void Hold() => _host.Workshop!.Held = true;

    private protected override Task<string> MakeVersionAsync()
    {
        _host.Versions = [new HostImage(Image, "one", TimeProvider.System.GetUtcNow(), 64, null)];
        return Task.FromResult("one");
    }

    private protected override Task StartHostAsync()
    {
        _host = new FakeHost(HostLink, TimeProvider.System);
        _host.MakeImages().Recipes = [new HostRecipe("small", "hash")];
        _host.Start();
        return Task.CompletedTask;
    }

    private protected override async Task StopHostAsync() => await _host.DisposeAsync();
}

/// <summary>The real one, with QEMU, the boot sector as image, and a recipe program of the test's own.</summary>
public sealed class HostWorkshopTests : WorkshopConformance
{
    private const string Builds = "for f in vmlinuz initrd disk.qcow2; do echo $f >\"$2/$f\"; done";
    private readonly TemporaryState _state = new();
    private readonly RecipeFolder _recipes = new();
    private ServiceProvider _services = null!;
    private HostAgent _host = null!;

    private protected override void Hold() => _recipes.Write("echo '@step 1 2 Waiting'; trap 'exit 143' TERM; sleep 300 & wait");

    private protected override async Task<string> MakeVersionAsync() => (await BootSector.AddAsync(_services.GetRequiredService<ImageStore>(), _state.Folder, Image)).Version;

    private protected override async Task StartHostAsync()
    {
        _recipes.Write(Builds);
        _services = new ServiceCollection().AddLogging().AddSingleton(HostLink).AddEmulator(_state.Folder, _recipes.Path).AddHost().BuildServiceProvider();
        _host = _services.GetRequiredService<HostAgent>();
        await _host.StartAsync(default);
    }

    private protected override async Task StopHostAsync()
    {
        await _host.StopAsync(default);
        await _services.DisposeAsync();
        await new TestEmulator(_state.Folder).EndAllAsync();
        _state.Dispose();
        _recipes.Dispose();
    }
}
