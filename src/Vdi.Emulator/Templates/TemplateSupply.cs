using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Vdi.Emulator.Accelerators;
using Vdi.Emulator.Images;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Templates;

/// <summary>The newest template of an image, one for each size; made from the image where it is missing or damaged, once for all who wait.</summary>
public sealed partial class TemplateSupply(ImageStore images, TemplateStore templates, TemplateOptions options, ILogger<TemplateSupply> log)
{
    private readonly ConcurrentDictionary<string, Template> _proved = new();
    private readonly ConcurrentDictionary<string, Template> _given = new();
    private readonly Lazy<Task<Accelerator>> _accelerator = new(() => AcceleratorProbe.ProbeAsync(TimeSpan.FromSeconds(1.5), CancellationToken.None));
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Build> _builds = [];

    public Task<Accelerator> AcceleratorAsync => _accelerator.Value;

    /// <summary>Every version of every image that templates can be made of.</summary>
    public IReadOnlyList<HostImage> Images() =>
    [
        .. images.Describe(),
        .. _given.Values.Select(given => new HostImage(given.Machine.Image, given.Machine.ImageVersion, DateTimeOffset.UnixEpoch, given.Machine.MemoryMiB)),
    ];

    /// <summary>How much memory a machine of the image gets, in MiB; null where the image is not here.</summary>
    public int? MemoryOf(string imageName) => images.Find(imageName)?.Hardware.MemoryMiB;

    /// <summary>A template of the image in this size, with the application open where it shall be, whose files are as they were saved. The size's disk is a fork's own.</summary>
    /// <param name="progress">Told what is being waited for, in words.</param>
    /// <exception cref="ShortageException">It must be made, and memory or disk is short: try again later.</exception>
    public async Task<Template> GetAsync(ImageRef wanted, MachineSize? size, MachineApp? app, IProgress<string>? progress, CancellationToken stop)
    {
        if (_given.TryGetValue(wanted.Name, out var given))
        {
            if (given.Machine.Sized(size) != given.Machine)
            {
                throw new MachineException($"Template {given.Key} has {given.Machine.MemoryMiB} MiB of memory and {given.Machine.Cpus} processors, and cannot be made anew in another size");
            }

            return IsProved(given.Key) ?? await JoinAsync(given.Key, (report, end) => CheckGivenAsync(given, report, end), progress, stop);
        }

        var image = images.Find(wanted.Name, wanted.Version) ?? throw new MachineException($"Image '{wanted}' is not on this host; build it with: vdi image build {wanted.Name}");
        var accelerator = (await AcceleratorAsync).Name;
        var machine = image.Machine.Sized(size) with { App = app is { Open: true } ? app : null };
        var key = Template.KeyOf(machine, accelerator);
        return IsProved(key) ?? await JoinAsync(key, (report, end) => FindOrBuildAsync(image, machine, accelerator, report, end), progress, stop);
    }

    /// <summary>A template that was made elsewhere and of no image here, under its image's name; it cannot be made anew.</summary>
    internal void Give(Template template) => _given[template.Machine.Image] = template;

    /// <summary>To be told of a template from which a fork failed: looks at its files again before the next one.</summary>
    public void Doubt(Template template) => _proved.TryRemove(template.Key, out _);

    private Template? IsProved(string key) => _proved.TryGetValue(key, out var proved) && Directory.Exists(proved.Folder) ? proved : null;

    private async Task<Template> CheckGivenAsync(Template given, IProgress<string> progress, CancellationToken stop)
    {
        progress.Report("checking the template's files");
        return await given.FindDamageAsync(stop) is { } damage
            ? throw new MachineException($"Template {given.Key} is damaged: {damage}")
            : _proved[given.Key] = given;
    }

    private async Task<Template> FindOrBuildAsync(Image image, MachineDefinition machine, string accelerator, IProgress<string> progress, CancellationToken stop)
    {
        if (templates.Find(machine, accelerator) is { } found)
        {
            progress.Report("checking the template's files");
            if (await found.FindDamageAsync(stop) is not { } damage)
            {
                return _proved[found.Key] = found;
            }

            LogDamaged(found.Key, damage, templates.SetAside(found));
        }

        else if (templates.SetUnreadableAside(machine, accelerator) is { } aside)
        {
            LogDamaged(Template.KeyOf(machine, accelerator), "its description is missing or cannot be read", aside);
        }

        // Before anything that takes long: who asks again in a second must not have the image read each time.
        templates.DemandRoom(machine);
        progress.Report("checking the image's files");
        await images.DemandWholeAsync(image, stop);
        var built = await templates.BuildAsync(machine, accelerator, options.Deadline, progress, stop);
        return _proved[built.Key] = built;
    }

    /// <summary>One build for all who want the same; it is given up when the last of them is.</summary>
    private async Task<Template> JoinAsync(string key, Func<IProgress<string>, CancellationToken, Task<Template>> work, IProgress<string>? progress, CancellationToken stop)
    {
        Build build;
        lock (_lock)
        {
            if (!_builds.TryGetValue(key, out build!))
            {
                build = _builds[key] = new Build(work);
            }

            build.Join(progress);
        }

        try
        {
            return await build.Task.WaitAsync(stop);
        }
        finally
        {
            bool last;
            lock (_lock)
            {
                last = build.Leave(progress);
                if (last && _builds.GetValueOrDefault(key) == build)
                {
                    _builds.Remove(key);
                }
            }

            if (last)
            {
                // Whoever gave it up may end this process next: its QEMU and its files must be gone by then.
                await build.EndAsync();
            }
        }
    }

    private sealed class Build : IProgress<string>
    {
        private readonly CancellationTokenSource _abandoned = new();
        private readonly List<IProgress<string>> _told = [];
        private readonly Lock _lock = new();
        private string _step = "";
        private int _waiting;

        public Build(Func<IProgress<string>, CancellationToken, Task<Template>> work) => Task = System.Threading.Tasks.Task.Run(() => work(this, _abandoned.Token));

        public Task<Template> Task { get; }

        public void Join(IProgress<string>? progress)
        {
            _waiting++;
            if (progress is not null)
            {
                lock (_lock)
                {
                    _told.Add(progress);
                    if (_step.Length > 0)
                    {
                        progress.Report(_step);
                    }
                }
            }
        }

        /// <summary>Gives it up where it is not done, and waits until it has taken back what it made.</summary>
        public async Task EndAsync()
        {
            await _abandoned.CancelAsync();
            await ((System.Threading.Tasks.Task)Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        /// <summary>True when nobody waits any more.</summary>
        public bool Leave(IProgress<string>? progress)
        {
            if (progress is not null)
            {
                lock (_lock)
                {
                    _told.Remove(progress);
                }
            }

            return --_waiting == 0;
        }

        public void Report(string value)
        {
            lock (_lock)
            {
                _step = value;
                _told.ForEach(progress => progress.Report(value));
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Template {Template} is damaged ({Damage}); it is set aside at {Folder} and made anew")]
    private partial void LogDamaged(string template, string damage, string folder);
}

/// <summary>How templates are made.</summary>
public sealed class TemplateOptions
{
    /// <summary>From power on to a still screen.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromMinutes(8);
}
