using Vdi.Display.Framebuffer;
using Vdi.Display.Sources;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Display.Ours;

/// <summary>Our screen with a viewer over TCP.</summary>
internal sealed class OurProduct : IProduct
{
    private readonly PushedSource _source = new();
    private readonly OurServer _server;

    /// <param name="way">From the server's port to the one that the viewer connects to.</param>
    public OurProduct(Func<int, int>? way = null)
    {
        _server = new OurServer(_ => Task.FromResult<IDisplaySource>(_source));
        Client = new OurClient(way?.Invoke(_server.Port) ?? _server.Port);
    }

    public OurServer Server => _server;

    public OurClient Client { get; }

    public IWatcher Watcher => Client;

    public double ProcessorSeconds => _server.ProcessorSeconds;

    public void Show(Picture picture, Rectangle changed) => _source.Show(picture, changed);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
    }

    /// <summary>Says what it is given.</summary>
    private sealed class PushedSource : IDisplaySource
    {
        private readonly TaskCompletionSource<IDisplaySink> _sink = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Rectangle _size;

        public void Show(Picture picture, Rectangle changed)
        {
            var sink = _sink.Task.WaitAsync(TimeSpan.FromSeconds(10)).GetAwaiter().GetResult();
            if (_size != picture.Bounds)
            {
                _size = picture.Bounds;
                sink.Resize(picture.Width, picture.Height);
            }

            sink.Update(changed, picture.Pixels.AsSpan((changed.Y * picture.Stride) + (changed.X * 4)), picture.Stride);
            sink.Flush();
        }

        public async Task RunAsync(IDisplaySink sink, CancellationToken stop)
        {
            _sink.TrySetResult(sink);
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
        }

        public ValueTask KeyAsync(bool down, int qnum, CancellationToken stop) => ValueTask.CompletedTask;

        public ValueTask PointerAsync(int x, int y, int buttons, CancellationToken stop) => ValueTask.CompletedTask;

        public ValueTask MotionAsync(int dx, int dy, int buttons, CancellationToken stop) => ValueTask.CompletedTask;

        public ValueTask WheelAsync(int dx, int dy, CancellationToken stop) => ValueTask.CompletedTask;

        public ValueTask SuggestSizeAsync(int width, int height, CancellationToken stop) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
