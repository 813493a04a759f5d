function x(r){let t=new WeakMap;return e=>{let n=e.parentElement,i=t.get(n);i===void 0&&(i=r(e),t.set(n,i)),i.update(e);let o=i;return()=>{o.destroy(),t.delete(n)}}}function y(r){r.addEventListener("keydown",t=>{t.stopPropagation()})}function w(r,t){let e;return Object.assign(()=>{clearTimeout(e),e=setTimeout(t,r)},{cancel:()=>clearTimeout(e)})}function a(r,t={},...e){let n=document.createElement(r);for(let[i,o]of Object.entries(t))o==null||o===!1||n.setAttribute(i,o===!0?"":String(o));return h(n,e),n}function h(r,t){for(let e of t)e!=null&&r.appendChild(C(e))}function f(r,t,e={}){let n=a("button",{type:"button",...e},r);return n.addEventListener("click",t),n}function C(r){return typeof r=="string"?document.createTextNode(r):r}function u(r){return r.toLocaleString("en").replaceAll(","," ")}var q=new Intl.DateTimeFormat("en-GB",{day:"numeric",month:"short",year:"numeric",hour:"2-digit",minute:"2-digit"});var m={colour:"",ground:"",bold:!1,faint:!1,italic:!1,underlined:!1},M=["black","red","green","yellow","blue","magenta","cyan","white"],H=/\x1b(?:\[([0-9:;<=>?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g,$=/[\x00-\x08\x0b-\x1f\x7f]/g;function k(r,t){let e=[],n=o=>{o&&e.push({text:o.replace($,"�"),style:I(t)})},i=0;for(let o of r.matchAll(H))n(r.slice(i,o.index)),i=o.index+o[0].length,o[2]==="m"&&(t=O(t,o[1]??""));return n(r.slice(i)),{pieces:e,look:t}}function O(r,t){let e=t.split(/[;:]/).map(Number);for(let n=0;n<e.length;n++){let i=e[n]??0;if(i===38||i===48){let o=e[n+1]===5,s=o?e[n+2]??16:16,l=s<16?M[s%8]??"":"";r=i===38?{...r,colour:l}:{...r,ground:l},n+=o?2:4}else r=P(r,i)}return r}function P(r,t){if(t===0)return m;if(t===1)return{...r,bold:!0};if(t===2)return{...r,faint:!0};if(t===3)return{...r,italic:!0};if(t===4)return{...r,underlined:!0};if(t===22)return{...r,bold:!1,faint:!1};if(t===23)return{...r,italic:!1};if(t===24)return{...r,underlined:!1};if(t===39)return{...r,colour:""};if(t===49)return{...r,ground:""};let e=M[t%10];if(e===void 0)return r;let n=Math.floor(t/10);return n===3||n===9?{...r,colour:e}:n===4||n===10?{...r,ground:e}:r}function I(r){return[r.colour,r.ground&&`on-${r.ground}`,r.bold&&"bold",r.faint&&"faint",r.italic&&"italic",r.underlined&&"underlined"].filter(Boolean).join(" ")}var L=4e3,v=1e4;function b(r,t=m){let e=[];if(r==="")return{lines:e,look:t};let n=r.split(`
`);n.at(-1)===""&&n.pop();for(let i of n){let o=k(R(i),t);t=o.look,e.push(...D(o.pieces))}return{lines:e,look:t}}function R(r){let t=r.replace(/\r+$/,""),e=t.lastIndexOf("\r");return e<0?t:t.slice(e+1)}function D(r){let t=[[]],e=L;for(let{text:n,style:i}of r){let o=0;for(;o<n.length;){e===0&&(t.push([]),e=L);let s=Math.min(n.length,o+e);s<n.length&&s-o>1&&F(n.charCodeAt(s-1))&&s--,t.at(-1)?.push({text:n.slice(o,s),style:i}),e=s<n.length?0:e-(s-o),o=s}}return t.map((n,i)=>({pieces:n,text:n.map(o=>o.text).join(""),cut:i<t.length-1}))}function F(r){return r>=55296&&r<=56319}function S(r,t){let e=[];if(!t)return e;let n=new RegExp(t.replace(/[\\^$.*+?()[\]{}|]/g,"\\$&"),"giu");for(let[i,{text:o}]of r.entries())for(let{index:s,0:l}of o.matchAll(n))if(e.push({line:i,from:s,to:s+l.length}),e.length>=v)return e;return e}function E(r,t,e){let n=[],i=0,o=0;for(let{text:s,style:l}of r.pieces){let c=0;for(;c<s.length;){let d=t[o],T=i+c;if(d===void 0||d.from>=i+s.length){n.push({text:s.slice(c),style:l,hit:-1});break}if(T<d.from){n.push({text:s.slice(c,d.from-i),style:l,hit:-1}),c=d.from-i;continue}let g=Math.min(s.length,d.to-i);n.push({text:s.slice(c,g),style:l,hit:e+o}),c=g,i+g>=d.to&&o++}i+=s.length}return n}var V=150,U=40,_=200,p=class{args;version=null;file=null;text="";lines=[];elements=[];hits=[];at=-1;follows=!0;root=a("div",{class:"log-view"});search=a("input",{type:"search",placeholder:"Search this part","aria-label":"Search the log"});count=a("span",{class:"count",role:"status"});previous=f("Previous",()=>this.go(-1),{class:"quiet text"});next=f("Next",()=>this.go(1),{class:"quiet text"});wrap=a("input",{type:"checkbox",checked:!0});followed=a("input",{type:"checkbox",checked:!0});follow=a("label",{},this.followed,"Follow");earlier=f("Show earlier lines",()=>this.askEarlier(),{class:"quiet text"});cut=a("span",{class:"count"});content=a("div",{class:"content"});scroll=a("div",{class:"scroll",role:"region",tabindex:0});searched=w(V,()=>{this.find(!0)});constructor(t,e){this.args=t,h(this.scroll,[a("div",{class:"before"},this.earlier,this.cut),this.content]),h(this.root,[a("style",{},e),a("div",{class:"tools",role:"toolbar","aria-label":"Log"},this.search,this.previous,this.next,this.count,a("label",{},this.wrap,"Wrap lines"),this.follow),this.scroll]),t.parentElement.append(this.root),y(this.root),this.search.addEventListener("input",this.searched),this.search.addEventListener("keydown",n=>{n.key==="Enter"&&(n.preventDefault(),this.go(n.shiftKey?-1:1))}),this.wrap.addEventListener("change",()=>{this.content.classList.toggle("whole",!this.wrap.checked),this.stay()}),this.followed.addEventListener("change",()=>{this.follows=this.followed.checked,this.stay()}),this.scroll.addEventListener("scroll",()=>this.scrolled(),{passive:!0})}update(t){this.args=t;let{data:e}=t;if(this.scroll.setAttribute("aria-label",e.label),this.scroll.style.height=`${e.height}px`,this.follow.hidden=!e.live,this.version===e.version)return;this.version=e.version;let n=this.file!==e.file;this.file=e.file,this.earlier.hidden=!e.more,this.earlier.disabled=!1,this.cut.textContent=e.before?`${u(e.before)} bytes of the file are before this.`:"";let i=this.scroll.scrollHeight-this.scroll.scrollTop,o=!n&&this.text!==""&&e.text.startsWith(this.text),s=this.scroll.scrollTop;o?this.extend(e.text):this.draw(e.text),n&&this.setFollowing(!0),this.find(!1),!this.follows&&!o?this.scroll.scrollTop=this.scroll.scrollHeight-i:this.follows||(this.scroll.scrollTop=s),this.stay()}destroy(){this.searched.cancel(),this.root.remove()}draw(t){this.text=t,this.lines=[],this.elements=[],this.content.replaceChildren(),this.add(b(t).lines),this.lines.length||this.content.append(a("p",{class:"nothing"},"Nothing was written yet."))}extend(t){let{lines:e}=b(t),n=Math.max(0,this.lines.length-1);for(let i of this.elements.splice(n))i.remove();this.lines.length=n,this.text=t,this.add(e.slice(n))}add(t){let e=this.content.lastElementChild;for(let n of t){(e===null||e.childElementCount>=_)&&(e=a("div",{class:"block"}),this.content.append(e));let i=a("div",{class:n.cut?"line cut":"line"});N(i,n,[],0,-1),this.lines.push(n),this.elements.push(i),e.append(i)}}askEarlier(){this.earlier.disabled=!0,this.setFollowing(!1),this.args.setTriggerValue("earlier",this.args.data.before)}scrolled(){let{scrollTop:t,scrollHeight:e,clientHeight:n}=this.scroll;this.setFollowing(e-t-n<U)}setFollowing(t){this.follows=t,this.followed.checked=t}stay(){this.follows&&(this.scroll.scrollTop=this.scroll.scrollHeight)}find(t){let e=new Set(this.hits.map(o=>o.line)),n=this.search.value;this.hits=S(this.lines,n),t?this.at=this.hits.length-1:this.at=Math.min(this.at,this.hits.length-1);let i=new Set(this.hits.map(o=>o.line));this.mark(new Set([...e,...i])),this.showCount(),t&&this.hits.length&&this.show()}go(t){let e=this.hits.length;if(!e)return;let n=this.hits[this.at]?.line;this.at=(this.at+t+e)%e;let i=this.hits[this.at]?.line;this.mark(new Set([n,i].filter(o=>o!==void 0))),this.showCount(),this.show()}mark(t){let e=new Map;for(let[n,i]of this.hits.entries()){if(!t.has(i.line))continue;let o=e.get(i.line);o?o.hits.push(i):e.set(i.line,{hits:[i],first:n})}for(let n of t){let i=this.lines[n],o=this.elements[n],s=e.get(n);i&&o&&N(o,i,s?.hits??[],s?.first??0,this.at)}}show(){let t=this.hits[this.at],e=t&&this.elements[t.line];e&&(this.setFollowing(!1),(e.querySelector(".current")??e).scrollIntoView({block:"center",inline:"nearest"}))}showCount(){let t=this.hits.length,e=t>=v?`${u(t)} or more`:u(t);this.count.textContent=this.search.value?t?`${u(this.at+1)} of ${e}`:"Not in this part":"",this.previous.hidden=this.next.hidden=!t}};function N(r,t,e,n,i){let o=E(t,e,n).map(({text:s,style:l,hit:c})=>c<0?l?a("span",{class:l},s):s:a("mark",{class:`${l}${c===i?" current":""}`.trim()||null},s));r.replaceChildren(...o.length?o:["​"])}var A=`.log-view {
  --faint: var(--st-gray-text-color, #55636a);
  --line: var(--st-border-color);
  --soft: color-mix(in srgb, var(--st-primary-color) 12%, transparent);
  display: flex;
  flex-direction: column;
  gap: 8px;
  font: 13px/1.4 var(--st-font);
  color: var(--st-text-color);
  font-variant-numeric: tabular-nums;
}
.log-view * { box-sizing: border-box; }
.log-view [hidden] { display: none; }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; }
.tools input[type="search"] {
  flex: 0 1 260px;
  min-width: 0;
  height: 32px;
  padding: 0 10px;
  border: 1px solid var(--line);
  border-radius: var(--st-base-radius, 8px);
  background: var(--st-background-color);
  color: inherit;
  font: inherit;
}
.tools label { display: inline-flex; align-items: center; gap: 6px; min-height: 24px; cursor: pointer; }
input[type="checkbox"] { display: grid; place-content: center; width: 16px; height: 16px; margin: 0; appearance: none;
  border: 1.5px solid var(--faint); border-radius: 4px; background: var(--st-background-color); cursor: pointer; }
input[type="checkbox"]:checked { border-color: var(--st-primary-color); background: var(--st-primary-color); }
input[type="checkbox"]:checked::before { content: ""; width: 10px; height: 10px; background: var(--st-background-color);
  clip-path: polygon(14% 44%, 0 60%, 40% 98%, 100% 20%, 84% 8%, 38% 68%); }
.count { color: var(--faint); }
.quiet { display: inline-flex; align-items: center; min-height: 24px; padding: 0 6px; border: 0; border-radius: 6px;
  background: none; color: var(--st-link-color); font: inherit; cursor: pointer; }
.quiet:hover { background: var(--soft); }
.scroll { min-height: 160px; max-height: 75vh; overflow: auto; padding: 8px 10px; border: 1px solid var(--line);
  border-radius: var(--st-base-radius, 8px); background: var(--st-secondary-background-color); overscroll-behavior: contain; }
.before { font-size: 12px; }
.content { font: 12px/1.55 var(--st-code-font, monospace); white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
.content.whole { width: max-content; min-width: 100%; white-space: pre; }
.block { content-visibility: auto; contain-intrinsic-height: auto 3700px; }
.whole .block { content-visibility: visible; }
.cut::after { content: " ↩"; color: var(--faint); }
.nothing { margin: 4px 0; color: var(--faint); font-family: var(--st-font); }
mark { border-radius: 2px; background: var(--st-yellow-background-color, #fdf0c2); color: inherit; }
mark.current { outline: 2px solid var(--st-primary-color); }
.bold { font-weight: 700; }
.faint, .black { color: var(--faint); }
.italic { font-style: italic; }
.underlined { text-decoration: underline; }
.red { color: var(--st-red-text-color); }
.green { color: var(--st-green-text-color); }
.yellow { color: var(--st-orange-text-color); }
.blue { color: var(--st-blue-text-color); }
.magenta { color: var(--st-violet-text-color); }
.cyan { color: var(--st-link-color); }
.on-red { background: var(--st-red-background-color); }
.on-green { background: var(--st-green-background-color); }
.on-yellow { background: var(--st-orange-background-color); }
.on-blue, .on-cyan { background: var(--st-blue-background-color); }
.on-magenta { background: var(--st-violet-background-color); }
.on-black, .on-white { background: var(--st-gray-background-color); }
:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.scroll:focus-visible { outline-offset: -2px; }
`;var oe=x(r=>new p(r,A));export{oe as default};
